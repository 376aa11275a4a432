import { useMoney } from "../components/money";
import { percent } from "../../components/values/format";
import { categoryName } from "../components/numbers";
import { type PlanOrigin, REQUESTED } from "./plans";

/** The portfolio that a plan was made of, and how much of it the plan carries. */
export function Origin({ origin }: { origin: PlanOrigin }) {
  const money = useMoney();
  return (
    <>
      <h3>From portfolio {origin.point} of the Pareto front</h3>
      <p className="quiet">
        The whole portfolio brings{" "}
        {Object.entries(origin.goals_cents_a_week)
          .map(([name, cents]) => `${money(cents)} of ${name}`)
          .join(", ")}{" "}
        a week (simulated).
      </p>
      <ul className="plan-reasons">
        {origin.carried.map(({ category, planned, [REQUESTED]: requested }) => (
          <li key={category}>
            {categoryName(category)}: the portfolio gives {percent(requested, 1)} off, the plan {percent(planned)}.
          </li>
        ))}
        {origin.left_out.length > 0 && <li>Left out: {origin.left_out.map(categoryName).join(", ")}.</li>}
      </ul>
    </>
  );
}
