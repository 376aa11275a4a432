import { inDollars } from "@promobot/shared/money";
import { percent, words } from "../../components/format";
import type { Card, Cards, CustomersData } from "../documents";
import { digits, named } from "../components/numbers";
import { Reasons } from "../../components/Contributions";

/** How the card's numbers are read; what is missing here is not shown. */
const SHOWN: Record<string, { name: string; text: (value: number) => string }> = {
  value_cents: { name: "Expected value in a year", text: inDollars },
  churn: { name: "Churn risk (no visit in twelve weeks)", text: (value) => percent(value, 1) },
  expected_visits: { name: "Expected visits in a year", text: (value) => value.toFixed(1) },
  recency_days: { name: "Days since the last visit", text: (value) => value.toFixed(0) },
  gap_days: { name: "Days between visits", text: (value) => value.toFixed(1) },
  baskets_91: { name: "Baskets in 13 weeks", text: digits },
  basket_cents: { name: "A basket", text: inDollars },
  discount_share_364: { name: "Share of discounts", text: (value) => percent(value) },
};

/** One customer: where it is grouped and why, what it is worth, how likely it leaves, what it likes. */
export function CustomerCard({ card, cards, traits }: { card: Card; cards: Cards; traits: CustomersData["traits"] }) {
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
              <dd>{value === null || value === undefined ? "—" : text(value)}</dd>
            </div>
          );
        })}
        <div>
          <dt>Buys most</dt>
          <dd>{card.favourites.map((at) => named(cards.categories[at] ?? "")).join(", ")}</dd>
        </div>
      </dl>
      <h3>Why this segment and not “{next}”</h3>
      <Reasons label="Why this segment" of={reasonsOf(traits, card)} digits={2} />
    </section>
  );
}

/** Traits by what they say of the customer, with how much each speaks for the own segment. */
function reasonsOf(traits: CustomersData["traits"], card: Card) {
  return traitsOf(traits, card.traits)
    .map(({ name }, at) => ({ name, value: card.reasons[at] ?? 0 }))
    .sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
}

/** Values of traits under the word for their direction. */
export function traitsOf(traits: CustomersData["traits"], values: number[]): { name: string; value: number }[] {
  return traits.map((trait, at) => {
    const value = values[at] ?? 0;
    return { name: value < 0 ? trait.less : trait.more, value };
  });
}
