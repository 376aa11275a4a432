import { inDollars } from "@promobot/shared/money";
import { Badge } from "@mantine/core";
import { Link } from "wouter";
import { fullMoment, words } from "../../components/format";
import { Failure, Loading } from "../../components/states";
import { Scrolled } from "../components/parts";
import { PlanForm } from "./PlanForm";
import { PLAN_COLORS, type PlanEntry, usePlans } from "./plans";

/** All plans, and asking for a new one. */
export function PlansTab() {
  const plans = usePlans();
  return (
    <>
      <div className="card">
        <h2>A new plan</h2>
        <p className="quiet">
          Of the best that the generators propose, within budget and days. It takes about a minute; nothing is live
          before somebody approves it. The same on the engine&apos;s machine:{" "}
          <code>promobot strategy plan --goal revenue</code>
        </p>
        <PlanForm />
      </div>
      {plans.error ? (
        <Failure error={plans.error} retry={() => void plans.refetch()} />
      ) : plans.data ? (
        <List plans={plans.data.plans} />
      ) : (
        <Loading lines={3} />
      )}
    </>
  );
}

function List({ plans }: { plans: PlanEntry[] }) {
  if (plans.length === 0) return <p className="quiet">No plan was made yet.</p>;
  return (
    <div className="card">
      <h2>Plans</h2>
      <Scrolled label="Plans">
        <table className="offers slim">
          <thead>
            <tr>
              <th>Plan</th>
              <th>State</th>
              <th>Goal</th>
              <th>Budget</th>
              <th>Expected (simulated)</th>
              <th>Offers</th>
              <th>Customers</th>
              <th>Made</th>
              <th>Decided</th>
            </tr>
          </thead>
          <tbody>
            {plans.map((plan) => (
              <tr key={plan.plan_id}>
                <td>
                  <Link to={`/studio/plans/${plan.plan_id}`}>{plan.plan_id}</Link>
                </td>
                <td>
                  <Badge radius="sm" variant="light" tt="none" color={PLAN_COLORS[plan.state]}>
                    {plan.state}
                  </Badge>
                </td>
                <td>{words(plan.goal ?? "—")}</td>
                <td>{inDollars(plan.budget_cents)}</td>
                <td>
                  {inDollars(plan.expected[`${plan.goal ?? ""}_cents`])}{" "}
                  <span className="quiet">{plan.interval_cents.map(inDollars).join(" to ")}</span>
                </td>
                <td>{plan.offers}</td>
                <td>{plan.customers}</td>
                <td>
                  <time>{fullMoment(plan.created_at)}</time> <span className="quiet">by {plan.created_by}</span>
                </td>
                <td>
                  {plan.decided_at === null ? (
                    <span className="quiet">not yet</span>
                  ) : (
                    <>
                      <time>{fullMoment(plan.decided_at)}</time> <span className="quiet">by {plan.decided_by}</span>
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
    </div>
  );
}
