import { InCurrency, useMoney } from "../components/money";
import { Link } from "wouter";
import { fullMoment, percent } from "../../components/values/format";
import { Failure, Loading } from "../../components/states";
import { StatusBadge } from "../../components/Table";
import { Bars, Figure } from "../components/DocumentParts";
import { count } from "../components/numbers";
import { Origin } from "./Origin";
import { PlanActions } from "./PlanActions";
import { PlanOffers } from "./PlanOffers";
import { type Plan, PLAN_COLORS, usePlan } from "./plans";

/** A plan: expected results, offers, pacing, and its actions. */
export function PlanPage({ id }: { id: string }) {
  const plan = usePlan(id);
  if (plan.data) {
    return (
      <InCurrency currency={plan.data.currency}>
        <PlanDetails plan={plan.data} />
      </InCurrency>
    );
  }
  if (plan.error) return <Failure error={plan.error} retry={() => void plan.refetch()} />;
  return <Loading lines={5} />;
}

function PlanDetails({ plan }: { plan: Plan }) {
  const money = useMoney();
  const { goal, holdout, interval_cents: interval } = plan;
  return (
    <>
      <header className="sheet-head">
        <div>
          <h2>
            Plan {plan.plan_id} <StatusBadge color={PLAN_COLORS[plan.state]}>{plan.state}</StatusBadge>
          </h2>
          <p className="quiet">
            For {goal} with {money(plan.budget_cents)}; made {fullMoment(plan.created_at)} by {plan.created_by}
            {plan.decided_at !== null &&
              `; ${plan.state} ${fullMoment(plan.decided_at)} by ${plan.decided_by ?? "nobody"}`}
          </p>
        </div>
        <Link to="/studio/plans">All plans</Link>
      </header>
      <PlanActions plan={plan} />
      <div className="figures">
        {Object.entries(plan.expected).map(([name, value]) => {
          const measure = name.replace(/_cents$/, "");
          return (
            <Figure
              key={name}
              name={`Expected ${measure} (simulated)`}
              value={money(value)}
              more={measure === goal ? `95 %: ${interval.map(money).join(" to ")}` : "more than without the plan"}
            />
          );
        })}
        <Figure
          name="Audience"
          value={count(plan.customers)}
          more={`customers get ${plan.offers === 1 ? "the offer" : `${plan.offers} offers`}`}
        />
        <Figure name="Held out" value={heldOut(holdout)} more={power(holdout.power)} />
      </div>
      <PlanOffers plan={plan} />
      <div className="card">
        <h2>Why</h2>
        <ul className="plan-reasons">
          {plan.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
        {plan.origin && <Origin origin={plan.origin} />}
      </div>
      <div className="two even">
        <div className="card">
          <h2>Pacing</h2>
          <p className="quiet">The expected cost of each week. The engine keeps each promotion within its budget.</p>
          <Bars
            label="Expected cost by week"
            of={plan.pacing.map((week) => ({
              name: `from ${week.from}`,
              value: week.cost_cents,
              text: money(week.cost_cents),
            }))}
          />
        </div>
        <div className="card">
          <h2>Stop rule</h2>
          <p>
            An offer ends when its acceptance is below {percent(plan.stop_rules.min_acceptance ?? 0)} with certainty.
            The engine checks this by itself; the bound is valid at any time.
          </p>
          <h2>Holdout</h2>
          <p>
            Plan and customer together decide who is held out. Held-out customers never get an offer of this plan; they
            are the comparison.
          </p>
        </div>
      </div>
    </>
  );
}

// An earlier version stored plans without the number of customers and the power.
function heldOut({ customers, share = 0 }: Plan["holdout"]): string {
  return customers === undefined ? percent(share) : `${count(customers)} (${percent(share)})`;
}

function power(reached: number | undefined): string {
  if (reached === undefined) return "the chance to detect the smallest effect is not known";
  const chance = `${percent(reached)} chance to detect the smallest effect`;
  return reached >= 0.8 ? chance : `${chance}; the audience is too small for 80 %`;
}
