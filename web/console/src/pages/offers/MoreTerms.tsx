import { JsonInput, NumberInput } from "@mantine/core";
import { useState } from "react";
import type { OfferTerms } from "../../app/api";
import { Names, Text } from "../../components/fields";

interface Props {
  terms: OfferTerms;
  set: (changes: Partial<OfferTerms>) => void;
}

/** The terms that few offers need, folded. */
export function MoreTerms({ terms, set }: Props) {
  const floor = terms.margin_floor_basis_points;
  return (
    <details>
      <summary>More terms</summary>
      <div className="fields">
        <Names
          label="Product ids"
          names={terms.products}
          change={(products) => {
            set({ products });
          }}
        />
        <Names
          label="Brands, as the shop names them"
          names={terms.brands}
          change={(brands) => {
            set({ brands });
          }}
        />
        <NumberInput
          label="Priority (a higher number applies first)"
          min={-1000}
          max={1000}
          allowDecimal={false}
          value={terms.priority}
          onChange={(priority) => {
            if (typeof priority === "number") set({ priority });
          }}
        />
        <Text
          label="Exclusive group (only one of its offers applies; empty: none)"
          maxLength={64}
          value={terms.exclusive_group ?? ""}
          change={(group) => {
            set({ exclusive_group: group || null });
          }}
        />
        <NumberInput
          label="Margin floor in per cent (empty: none)"
          min={0}
          max={99.99}
          decimalScale={2}
          value={floor === null ? "" : floor / 100}
          onChange={(share) => {
            set({ margin_floor_basis_points: typeof share === "number" ? Math.round(share * 100) : null });
          }}
        />
        <Condition terms={terms} set={set} />
      </div>
    </details>
  );
}

/** The condition as JSON. A text that is not valid JSON leaves the last valid condition in place. */
function Condition({ terms, set }: Props) {
  const [raw, setRaw] = useState(() => (terms.condition === null ? "" : JSON.stringify(terms.condition, null, 2)));
  return (
    <JsonInput
      label="Condition as JSON (see docs/promotions.md; empty: none)"
      validationError="This is not valid JSON yet"
      rows={4}
      value={raw}
      onChange={(text) => {
        setRaw(text);
        try {
          set({ condition: text.trim() === "" ? null : (JSON.parse(text) as OfferTerms["condition"]) });
        } catch {
          // The text is incomplete.
        }
      }}
    />
  );
}
