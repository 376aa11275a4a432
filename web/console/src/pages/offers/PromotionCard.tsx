import { Alert, Badge, Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ask, type Promotion, type PromotionDetail } from "../../app/api";
import { inUnits } from "@promobot/shared/money";
import { useMay } from "@promobot/shared/session";
import { fullMoment, percent } from "../../components/format";
import { Cents, Dates } from "../../components/fields";
import { Plot } from "../../components/Plot";

const DAY_S = 86_400;

/** A promotion: its budget, how spending follows the plan, and what may become of it. */
export function PromotionCard({ promotion, addOffer }: { promotion: Promotion; addOffer: () => void }) {
  const may = useMay("change_offers");
  const [editing, setEditing] = useState(false);
  return (
    <div className="card">
      <header className="sheet-head">
        <div>
          <h2>
            {promotion.name}{" "}
            <Badge radius="sm" variant="light" tt="none" color={promotion.state === "live" ? "teal" : "gray"}>
              {promotion.state}
            </Badge>
          </h2>
          <span className="quiet">
            {promotion.promotion_id} · {fullMoment(promotion.starts_at)} to {fullMoment(promotion.ends_at)}
          </span>
        </div>
        {may && promotion.state !== "ended" && (
          <div className="facts">
            <Moves promotion={promotion} />
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                setEditing(!editing);
              }}
            >
              {editing ? "Leave it" : "Change"}
            </Button>
            <Button size="compact-sm" variant="light" onClick={addOffer}>
              Add an offer
            </Button>
          </div>
        )}
      </header>
      {editing && (
        <PromotionForm
          promotion={promotion}
          close={() => {
            setEditing(false);
          }}
        />
      )}
      <Budget promotion={promotion} />
    </div>
  );
}

function Moves({ promotion }: { promotion: Promotion }) {
  const queries = useQueryClient();
  const move = useMutation({
    mutationFn: (transition: string) =>
      ask("POST", `promotions/${encodeURIComponent(promotion.promotion_id)}/transitions`, {
        transition,
        version: promotion.version,
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["offers"] }),
  });
  const next = { live: "pause", scheduled: "pause", paused: "resume", draft: "schedule" }[promotion.state];
  if (next === undefined) return null;
  return (
    <>
      {move.error && <span role="alert">{move.error.message}</span>}
      <Button
        size="compact-sm"
        variant="default"
        loading={move.isPending}
        onClick={() => {
          move.mutate(next);
        }}
      >
        {{ pause: "Pause all of it", resume: "Let it go on", schedule: "Schedule it" }[next]}
      </Button>
    </>
  );
}

function Budget({ promotion }: { promotion: Promotion }) {
  const detail = useQuery({
    queryKey: ["offers", "promotion", promotion.promotion_id],
    queryFn: () => ask<PromotionDetail>("GET", `promotions/${encodeURIComponent(promotion.promotion_id)}`),
    refetchInterval: 30_000,
  });
  const budget = promotion.limits.budget_cents;
  const { at, lines } = useMemo(() => curve(promotion, detail.data), [promotion, detail.data]);
  if (!detail.data) return null;
  const { spent_cents: spent, reserved_cents: reserved, uses, price } = detail.data;
  return (
    <>
      <p className="quiet">
        {uses} uses; {inUnits(spent)} spent and {inUnits(reserved)} reserved
        {budget === null
          ? ", without a budget"
          : ` of ${inUnits(budget)} (${percent((spent + reserved) / Math.max(budget, 1))})`}
        {price
          ? `; pacing takes ${(price * 100).toFixed(4)} off the expected reward of an offer for each unit of cost`
          : ""}
      </p>
      {(budget !== null || spent > 0) && at.length > 1 && (
        <Plot label={`Spending of ${promotion.name}`} at={at} lines={lines} format={inUnits} height={150} />
      )}
    </>
  );
}

/** What was spent by day, added up, beside the even spending that pacing steers to. */
function curve(promotion: Promotion, detail: PromotionDetail | undefined) {
  const start = Math.floor(new Date(promotion.starts_at).getTime() / 1000 / DAY_S);
  const end = Math.ceil(new Date(promotion.ends_at).getTime() / 1000 / DAY_S);
  const today = Math.floor(Date.now() / 1000 / DAY_S);
  const spent = new Map(
    detail?.spending.map((one) => [new Date(`${one.day}T00:00:00Z`).getTime() / 1000 / DAY_S, one.spent_cents]),
  );
  const days = Array.from({ length: Math.max(0, Math.min(end - start + 1, 1000)) }, (_, place) => start + place);
  let total = 0;
  const budget = promotion.limits.budget_cents;
  const actual = days.map((one) => {
    total += spent.get(one) ?? 0;
    return one <= today ? total : null;
  });
  const plan = days.map((one) => ((budget ?? 0) * (one - start)) / Math.max(1, end - start));
  return {
    at: days.map((one) => one * DAY_S),
    lines: [
      { label: "Spent", color: "var(--brand)", values: actual, filled: true },
      ...(budget === null ? [] : [{ label: "Plan", color: "var(--quiet)", values: plan, dashed: true }]),
    ],
  };
}

/** Makes a promotion or changes one. */
export function PromotionForm({ promotion, close }: { promotion: Promotion | null; close: () => void }) {
  const queries = useQueryClient();
  const [id, setId] = useState("");
  const [terms, setTerms] = useState(() => ({
    name: promotion?.name ?? "",
    starts_at: promotion?.starts_at ?? new Date().toISOString(),
    ends_at: promotion?.ends_at ?? new Date(Date.now() + 30 * DAY_S * 1000).toISOString(),
    limits: promotion?.limits ?? { budget_cents: null as number | null },
  }));
  const save = useMutation({
    mutationFn: () =>
      promotion
        ? ask("PUT", `promotions/${encodeURIComponent(promotion.promotion_id)}`, { terms, version: promotion.version })
        : ask("POST", "promotions", { terms: { ...terms, promotion_id: id } }),
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
      {!promotion && (
        <TextInput
          label="Identifier of the promotion"
          required
          withAsterisk={false}
          maxLength={64}
          value={id}
          onChange={(event) => {
            setId(event.currentTarget.value);
          }}
        />
      )}
      <TextInput
        label="Name of the promotion"
        required
        withAsterisk={false}
        maxLength={128}
        value={terms.name}
        onChange={(event) => {
          setTerms({ ...terms, name: event.currentTarget.value });
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
      {save.error && (
        <Alert color="red" role="alert">
          {save.error.message}
        </Alert>
      )}
      <div className="facts">
        <Button type="submit" size="compact-sm" loading={save.isPending}>
          {promotion ? "Save" : "Make a draft"}
        </Button>
        <Button size="compact-sm" variant="default" onClick={close}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
