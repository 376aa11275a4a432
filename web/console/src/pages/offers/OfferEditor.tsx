import { Switch, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type Offer, type OfferTerms, type Promotion } from "../../app/api";
import { Cents, Dates, FormActions, Names, Text } from "../../components/fields";
import { ErrorAlert } from "../../components/states";
import { BenefitFields } from "./BenefitFields";
import { MoreTerms } from "./MoreTerms";
import { OfferPreview } from "./OfferPreview";

const NO_LIMITS: OfferTerms["limits"] = {
  budget_cents: null,
  max_uses: null,
  uses_per_customer: null,
  exposures_per_customer: null,
  decline_cooldown_days: null,
};

/** The part of an offer that the engine accepts: without its state and its results. */
function termsOf(offer: Offer): OfferTerms {
  const derived = new Set([
    "offer_id",
    "state",
    "version",
    "no_product",
    "checkout_refusal",
    "results",
    "money",
    "promotion",
    "acceptance",
    "redemption",
    "edit",
  ]);
  return Object.fromEntries(Object.entries(offer).filter(([name]) => !derived.has(name))) as unknown as OfferTerms;
}

function newTerms(promotion: Promotion): OfferTerms {
  return {
    promotion_id: promotion.promotion_id,
    title: "",
    terms: "",
    benefit: { kind: "percentage", percent_basis_points: 1000 },
    categories: [],
    products: [],
    brands: [],
    unit_cost_cents: 100,
    eligibility: {},
    condition: null,
    exclusive_group: null,
    priority: 0,
    margin_floor_basis_points: null,
    starts_at: promotion.starts_at,
    ends_at: promotion.ends_at,
    limits: NO_LIMITS,
  };
}

/** Creates an offer or changes it, beside a preview of its card. */
export function OfferEditor({
  offer,
  promotion,
  close,
}: {
  offer: Offer | null;
  promotion: Promotion;
  close: () => void;
}) {
  const queries = useQueryClient();
  const [id, setId] = useState(offer?.offer_id ?? "");
  const [terms, setTerms] = useState(() => (offer ? termsOf(offer) : newTerms(promotion)));
  const set = (changes: Partial<OfferTerms>) => {
    setTerms({ ...terms, ...changes });
  };
  const save = useMutation({
    mutationFn: () =>
      offer
        ? request("PUT", `offers/${encodeURIComponent(offer.offer_id)}`, { terms, version: offer.version })
        : request("POST", "offers", { terms: { ...terms, offer_id: id } }),
    onSuccess: async () => {
      close();
      await queries.invalidateQueries({ queryKey: ["offers"] });
    },
  });
  return (
    <form
      className="card editor"
      aria-label={offer ? `Change ${offer.title}` : "A new offer"}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <h2>{offer ? `Change ${offer.offer_id}` : `A new offer of ${promotion.name}`}</h2>
      <div className="two even">
        <div className="fields">
          {!offer && (
            <Text label="Identifier" required value={id} maxLength={64} change={setId} placeholder="soft-drinks-15" />
          )}
          <Text
            label="Title"
            required
            value={terms.title}
            maxLength={256}
            change={(title) => {
              set({ title });
            }}
          />
          <Textarea
            label="Terms"
            required
            withAsterisk={false}
            rows={2}
            maxLength={2000}
            value={terms.terms}
            onChange={(event) => {
              set({ terms: event.currentTarget.value });
            }}
          />
          <BenefitFields
            benefit={terms.benefit}
            change={(benefit) => {
              set({ benefit });
            }}
          />
          <Names
            label="Categories, as the shop names them"
            names={terms.categories}
            change={(categories) => {
              set({ categories });
            }}
          />
          <Cents
            label="Average cost of a redemption"
            value={terms.unit_cost_cents}
            change={(cents) => {
              set({ unit_cost_cents: cents ?? 0 });
            }}
          />
          <EligibilityFields terms={terms} set={set} />
          <Dates terms={terms} set={set} />
          <Cents
            label="Budget of the offer (empty: none)"
            value={terms.limits.budget_cents}
            change={(budget_cents) => {
              set({ limits: { ...terms.limits, budget_cents } });
            }}
          />
          <MoreTerms terms={terms} set={set} />
        </div>
        <div>
          <h3>Preview for the shopper</h3>
          <OfferPreview title={terms.title} terms={terms.terms} endsAt={terms.ends_at} />
        </div>
      </div>
      <ErrorAlert error={save.error} />
      <FormActions save={offer ? "Save" : "Create draft"} saving={save.isPending} cancel={close} />
    </form>
  );
}

function EligibilityFields({ terms, set }: { terms: OfferTerms; set: (changes: Partial<OfferTerms>) => void }) {
  const rules = terms.eligibility;
  return (
    <>
      <Cents
        label="Order value from"
        value={rules.min_basket_cents ?? 0}
        change={(cents) => {
          set({ eligibility: { ...rules, min_basket_cents: cents ?? 0 } });
        }}
      />
      <Switch
        label="Only for signed-in customers"
        checked={rules.signed_in_only ?? false}
        onChange={(event) => {
          set({ eligibility: { ...rules, signed_in_only: event.currentTarget.checked } });
        }}
      />
    </>
  );
}
