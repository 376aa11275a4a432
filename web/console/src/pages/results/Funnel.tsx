import { Link } from "wouter";
import type { Results } from "../../app/api";
import { percent } from "../../components/values/format";

const STEPS: Record<string, string> = {
  conversations: "Conversations",
  proposed: "Offer made",
  exposed: "Offer seen",
  accepted: "Accepted",
  redeemed: "Redeemed",
};

/** How many conversations reach each step from the first message to a redeemed code. */
export function Funnel({ results }: { results: Results }) {
  const first = results.funnel[0]?.conversations ?? 0;
  const queryFor = (outcome: string | null) => {
    const query = new URLSearchParams({ started_from: results.since });
    if (outcome) query.set("outcome", outcome);
    return query.toString();
  };
  return (
    <div className="card">
      <h2>From conversation to redemption</h2>
      <ol className="funnel">
        {results.funnel.map((step, index) => {
          const before = results.funnel[index - 1];
          return (
            <li key={step.step}>
              <Link to={`/conversations?${queryFor(step.outcome)}`}>
                <span className="funnel-name">{STEPS[step.step] ?? step.step}</span>
                <span className="funnel-bar">
                  <span style={{ width: `${first ? (100 * step.conversations) / first : 0}%` }} />
                </span>
                <strong>{step.conversations.toLocaleString("en-GB")}</strong>
                <span className="quiet">
                  {before &&
                    before.conversations > 0 &&
                    `${percent(step.conversations / before.conversations, 1)} continue`}
                </span>
              </Link>
            </li>
          );
        })}
      </ol>
      <p className="quiet">Conversations that reached each step. A step opens its conversations.</p>
    </div>
  );
}
