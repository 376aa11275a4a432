import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type Promotion } from "../../app/api";
import { Cents, Dates, FormActions, Text } from "../../components/fields";
import { ErrorAlert } from "../../components/states";

/** How long a new promotion runs, unless somebody changes it: 30 days. */
const FIRST_LENGTH_MS = 30 * 86_400_000;

/** Creates a promotion, or changes it. */
export function PromotionForm({ promotion, close }: { promotion: Promotion | null; close: () => void }) {
  const queries = useQueryClient();
  const [id, setId] = useState("");
  const [terms, setTerms] = useState(() => ({
    name: promotion?.name ?? "",
    starts_at: promotion?.starts_at ?? new Date().toISOString(),
    ends_at: promotion?.ends_at ?? new Date(Date.now() + FIRST_LENGTH_MS).toISOString(),
    limits: promotion?.limits ?? { budget_cents: null as number | null },
  }));
  const save = useMutation({
    mutationFn: () =>
      promotion
        ? request("PUT", `promotions/${encodeURIComponent(promotion.promotion_id)}`, {
            terms,
            version: promotion.version,
          })
        : request("POST", "promotions", { terms: { ...terms, promotion_id: id } }),
    onSuccess: async () => {
      close();
      await queries.invalidateQueries({ queryKey: ["offers"] });
    },
  });
  return (
    <form
      className="fields"
      aria-label={promotion ? `Change ${promotion.name}` : "A new promotion"}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {!promotion && <Text label="Identifier of the promotion" required maxLength={64} value={id} change={setId} />}
      <Text
        label="Name of the promotion"
        required
        maxLength={128}
        value={terms.name}
        change={(name) => {
          setTerms({ ...terms, name });
        }}
      />
      <Dates
        terms={terms}
        set={(changes) => {
          setTerms({ ...terms, ...changes });
        }}
      />
      <Cents
        label="Budget of the promotion (empty: none)"
        value={terms.limits.budget_cents}
        change={(budget_cents) => {
          setTerms({ ...terms, limits: { ...terms.limits, budget_cents } });
        }}
      />
      <ErrorAlert error={save.error} />
      <FormActions save={promotion ? "Save" : "Create draft"} saving={save.isPending} cancel={close} small />
    </form>
  );
}
