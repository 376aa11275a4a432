import { JsonInput, NumberInput } from "@mantine/core";
import { useState } from "react";
import type { OfferTerms } from "../../app/api";
import { Cents, Choice } from "../../components/fields";

type BenefitTerms = OfferTerms["benefit"];

const SIMPLE: Record<string, BenefitTerms> = {
  percentage: { kind: "percentage", percent_basis_points: 1000 },
  fixed_amount: { kind: "fixed_amount", amount_cents: 300 },
  free_delivery: { kind: "free_delivery" },
};
const KINDS = [
  { value: "percentage", label: "Percentage off" },
  { value: "fixed_amount", label: "Amount off" },
  { value: "free_delivery", label: "Free delivery" },
  { value: "other", label: "Another kind (JSON)" },
];

/** The benefit of an offer: common kinds have fields, every other kind is JSON. */
export function BenefitFields({ benefit, change }: { benefit: BenefitTerms; change: (to: BenefitTerms) => void }) {
  const [raw, setRaw] = useState(() => JSON.stringify(benefit, null, 2));
  const [other, setOther] = useState(!(benefit.kind in SIMPLE));
  return (
    <>
      <Choice
        label="Benefit"
        value={other ? "other" : benefit.kind}
        data={KINDS}
        change={(kind) => {
          const simple = SIMPLE[kind];
          setOther(simple === undefined);
          if (simple) change(simple);
          else setRaw(JSON.stringify(benefit, null, 2));
        }}
      />
      {other ? (
        <JsonInput
          label="Benefit as JSON (see docs/promotions.md)"
          validationError="This is not valid JSON yet"
          rows={4}
          value={raw}
          onChange={(text) => {
            setRaw(text);
            try {
              change(JSON.parse(text) as BenefitTerms);
            } catch {
              // The text is incomplete: the last valid benefit stays.
            }
          }}
        />
      ) : benefit.kind === "percentage" ? (
        <NumberInput
          label="Percentage"
          min={0.01}
          max={100}
          decimalScale={2}
          value={Number(benefit.percent_basis_points) / 100}
          onChange={(share) => {
            if (typeof share === "number") change({ ...benefit, percent_basis_points: Math.round(share * 100) });
          }}
        />
      ) : benefit.kind === "fixed_amount" ? (
        <Cents
          label="Amount off"
          value={Number(benefit.amount_cents)}
          change={(amount_cents) => {
            change({ ...benefit, amount_cents: amount_cents ?? 0 });
          }}
        />
      ) : null}
    </>
  );
}
