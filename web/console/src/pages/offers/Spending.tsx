import { inUnits } from "@promobot/shared/money";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { request, type Promotion, type PromotionDetail } from "../../app/api";
import { percent } from "../../components/values/format";
import { Plot } from "../../components/Plot";

const DAY_S = 86_400;

/** What a promotion has spent, day by day, beside the even spending that pacing aims at. */
export function Spending({ promotion }: { promotion: Promotion }) {
  const detail = useQuery({
    queryKey: ["offers", "promotion", promotion.promotion_id],
    queryFn: () => request<PromotionDetail>("GET", `promotions/${encodeURIComponent(promotion.promotion_id)}`),
    refetchInterval: 30_000,
  });
  const budget = promotion.limits.budget_cents;
  const { at, lines } = useMemo(() => curve(promotion, detail.data), [promotion, detail.data]);
  if (!detail.data) return null;
  const { spent_cents: spent, reserved_cents: reserved, uses, price: pacingPenalty } = detail.data;
  return (
    <>
      <p className="quiet">
        {uses} uses; {inUnits(spent)} spent and {inUnits(reserved)} reserved
        {budget === null
          ? ", without a budget"
          : ` of ${inUnits(budget)} (${percent((spent + reserved) / Math.max(budget, 1))})`}
        {pacingPenalty
          ? `; pacing takes ${(pacingPenalty * 100).toFixed(4)} off the expected reward of an offer for each unit of cost`
          : ""}
      </p>
      {(budget !== null || spent > 0) && at.length > 1 && (
        <Plot label={`Spending of ${promotion.name}`} at={at} lines={lines} format={inUnits} height={150} />
      )}
    </>
  );
}

/** Lines over the days of the promotion: the spending so far, and even spending of the budget. */
function curve(promotion: Promotion, detail: PromotionDetail | undefined) {
  const start = Math.floor(new Date(promotion.starts_at).getTime() / 1000 / DAY_S);
  const end = Math.ceil(new Date(promotion.ends_at).getTime() / 1000 / DAY_S);
  const today = Math.floor(Date.now() / 1000 / DAY_S);
  const spent = new Map(
    detail?.spending.map(({ day, spent_cents }) => [
      new Date(`${day}T00:00:00Z`).getTime() / 1000 / DAY_S,
      spent_cents,
    ]),
  );
  const days = Array.from({ length: Math.max(0, Math.min(end - start + 1, 1000)) }, (_, index) => start + index);
  let total = 0;
  const budget = promotion.limits.budget_cents;
  const actual = days.map((day) => {
    total += spent.get(day) ?? 0;
    return day <= today ? total : null;
  });
  const plan = days.map((day) => ((budget ?? 0) * (day - start)) / Math.max(1, end - start));
  return {
    at: days.map((day) => day * DAY_S),
    lines: [
      { label: "Spent", color: "var(--brand)", values: actual, filled: true },
      ...(budget === null ? [] : [{ label: "Even spending", color: "var(--quiet)", values: plan, dashed: true }]),
    ],
  };
}
