import type { PlanEntry } from "../../app/api";
import { StatusBadge, Table } from "../../components/Table";
import { InCurrency, useMoney } from "../components/money";
import { Link } from "wouter";
import { fullMoment, words } from "../../components/values/format";
import { Failure, Loading } from "../../components/states";
import { Scrolled } from "../components/DocumentParts";
import { PlanForm } from "./PlanForm";
import { PLAN_COLORS, usePlans } from "./plans";

/** All plans, and a form for a new plan. */
export function PlansTab() {
  const plans = usePlans();
  return (
    <>
      <div className="card">
        <h2>A new plan</h2>
        <p className="quiet">
          Of the best proposals of the generators, within budget and days. It takes about a minute; nothing is live
          before somebody approves the plan. On the engine&apos;s machine:{" "}
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
  if (plans.length === 0) return <p className="quiet">No plans yet.</p>;
  return (
    <div className="card">
      <h2>Plans</h2>
      <Scrolled label="Plans">
        <Table
          slim
          head={["Plan", "State", "Goal", "Budget", "Expected (simulated)", "Offers", "Customers", "Made", "Decided"]}
        >
          {plans.map((plan) => (
            <InCurrency key={plan.plan_id} currency={plan.currency}>
              <Row plan={plan} />
            </InCurrency>
          ))}
        </Table>
      </Scrolled>
    </div>
  );
}

function Row({ plan }: { plan: PlanEntry }) {
  const money = useMoney();
  return (
    <tr>
      <td>
        <Link to={`/studio/plans/${plan.plan_id}`}>{plan.plan_id}</Link>
      </td>
      <td>
        <StatusBadge color={PLAN_COLORS[plan.state]}>{plan.state}</StatusBadge>
      </td>
      <td>{words(plan.goal ?? "—")}</td>
      <td>{money(plan.budget_cents)}</td>
      <td>
        {money(plan.expected[`${plan.goal ?? ""}_cents`])}{" "}
        <span className="quiet">{plan.interval_cents.map(money).join(" to ")}</span>
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
  );
}
