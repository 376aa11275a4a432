import { useMoney } from "../components/money";
import { Link } from "wouter";
import { Table } from "../../components/Table";
import { Scrolled } from "../components/DocumentParts";
import { count } from "../components/numbers";
import type { Plan } from "./plans";

/** The offers of a plan with their state and results. */
export function PlanOffers({ plan }: { plan: Plan }) {
  const money = useMoney();
  const standing = new Map(plan.standing.map((offer) => [offer.offer_id, offer]));
  const budgets = new Map(plan.promotions.map(({ promotion_id, limits }) => [promotion_id, limits?.budget_cents]));
  return (
    <div className="card">
      <h2>Offers</h2>
      <Scrolled label="Offers of the plan">
        <Table slim head={["Offer", "Customers", "From", "Until", "Budget", "State", "Shown, accepted, redeemed"]}>
          {plan.offer_terms.map((offer) => {
            const now = standing.get(offer.offer_id);
            return (
              <tr key={offer.offer_id}>
                <td>
                  <strong>{offer.title}</strong>
                  <span className="quiet">{offer.terms}</span>
                </td>
                <td>{count(plan.audiences[offer.promotion_id] ?? 0)}</td>
                <td>{offer.starts_at.slice(0, 10)}</td>
                <td>{offer.ends_at.slice(0, 10)}</td>
                <td>{money(budgets.get(offer.promotion_id))}</td>
                <td>{now ? <Link to="/offers">{now.state}</Link> : <span className="quiet">not live</span>}</td>
                <td>{now ? `${now.exposures}, ${now.accepted}, ${now.redeemed}` : "—"}</td>
              </tr>
            );
          })}
        </Table>
      </Scrolled>
    </div>
  );
}
