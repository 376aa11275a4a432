import { useMoney } from "../components/money";
import { percent, words } from "../../components/values/format";
import type { CustomerCardData, CustomerCards, CustomersData } from "../documents";
import { digits, categoryName } from "../components/numbers";
import { Contributions } from "../../components/Contributions";

/** The numbers of the card with their names; the card shows no others. Those without a text are amounts. */
const SHOWN: Record<string, { name: string; text?: (value: number) => string }> = {
  value_cents: { name: "Expected value in a year" },
  churn: { name: "Churn risk (no visit in twelve weeks)", text: (value) => percent(value, 1) },
  expected_visits: { name: "Expected visits in a year", text: (value) => value.toFixed(1) },
  recency_days: { name: "Days since the last visit", text: (value) => value.toFixed(0) },
  gap_days: { name: "Days between visits", text: (value) => value.toFixed(1) },
  baskets_91: { name: "Baskets in 13 weeks", text: digits },
  basket_cents: { name: "Basket value" },
  discount_share_364: { name: "Share of discounts", text: (value) => percent(value) },
};

/** A customer: the segment and why, the expected value, the churn risk, and favourite categories. */
export function CustomerCard({
  card,
  cards,
  traits,
}: {
  card: CustomerCardData;
  cards: CustomerCards;
  traits: CustomersData["traits"];
}) {
  const money = useMoney();
  const numbers = new Map(cards.columns.map((column, at) => [column, card.numbers[at] ?? null]));
  const scores = ["r", "f", "m"].map((name) => numbers.get(name) ?? "?").join("-");
  const next = cards.segments[card.next] ?? "";
  return (
    <section className="profile" aria-label={`Customer ${card.id}`}>
      <p>
        <strong>
          {words(cards.segments[card.segment] ?? "")}, {card.stage}
        </strong>{" "}
        <span className="quiet">recency-frequency-money {scores} of 5-5-5</span>
      </p>
      <dl>
        {Object.entries(SHOWN).map(([column, { name, text }]) => {
          const value = numbers.get(column);
          return (
            <div key={column}>
              <dt>{name}</dt>
              <dd>{value === null || value === undefined ? "—" : (text ?? money)(value)}</dd>
            </div>
          );
        })}
        <div>
          <dt>Buys most</dt>
          <dd>{card.favourites.map((at) => categoryName(cards.categories[at] ?? "")).join(", ")}</dd>
        </div>
      </dl>
      <h3>Why this segment and not “{next}”</h3>
      <Contributions label="Why this segment" of={reasonsOf(traits, card)} digits={2} />
    </section>
  );
}

/** Traits, each with its contribution to the segment of the customer, the largest first. */
function reasonsOf(traits: CustomersData["traits"], card: CustomerCardData) {
  return traitsOf(traits, card.traits)
    .map(({ name }, at) => ({ name, value: card.reasons[at] ?? 0 }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
}

/** Traits under the name of their direction. */
export function traitsOf(traits: CustomersData["traits"], values: number[]): { name: string; value: number }[] {
  return traits.map((trait, at) => {
    const value = values[at] ?? 0;
    return { name: value < 0 ? trait.less : trait.more, value };
  });
}
