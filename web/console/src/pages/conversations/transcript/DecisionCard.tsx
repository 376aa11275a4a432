import { Badge, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { request, type Decision } from "../../../app/api";
import { Explanation } from "./Explanation";
import { fullMoment, percent, words } from "../../../components/values/format";

/** A decision as the engine stored it. */
export function DecisionCard({ id }: { id: string }) {
  const decision = useQuery({
    queryKey: ["decision", id],
    queryFn: () => request<Decision>("GET", `decisions/${encodeURIComponent(id)}`),
    staleTime: 10_000,
  });
  if (decision.error) return <p className="quiet">{decision.error.message}</p>;
  if (!decision.data) return <Skeleton height={120} />;
  const { data } = decision;
  return (
    <div className="decision">
      <p>{data.explanation || (data.offer_id ? "No explanation was stored." : "The engine made no offer.")}</p>
      <div className="facts">
        <Badge size="sm" radius="sm" variant="light" tt="none">
          policy {data.policy_version}
        </Badge>
        {data.holdout && (
          <Badge size="sm" radius="sm" variant="light" color="orange" tt="none">
            holdout
          </Badge>
        )}
        {data.no_offer_reason && (
          <Badge size="sm" radius="sm" variant="light" color="gray" tt="none">
            {words(data.no_offer_reason)}
          </Badge>
        )}
        <Outcome decision={data} />
      </div>
      <Choices decision={data} />
      <Explanation id={id} />
      <Ineligible offers={data.ineligible_offers} />
      <details>
        <summary>Decision context</summary>
        <dl>
          {Object.entries(data.decision_context).map(([name, value]) => (
            <div key={name}>
              <dt>{words(name)}</dt>
              <dd>{value === null ? "—" : String(value)}</dd>
            </div>
          ))}
          <div>
            <dt>User model</dt>
            <dd>{data.model_version}</dd>
          </div>
          <div>
            <dt>Seed</dt>
            <dd>{data.seed}</dd>
          </div>
          <div>
            <dt>Decided</dt>
            <dd>{fullMoment(data.decided_at)}</dd>
          </div>
        </dl>
      </details>
    </div>
  );
}

function Outcome({ decision }: { decision: Decision }) {
  if (decision.outcome === null) {
    return <span className="quiet">{decision.exposed_at ? "no answer yet" : "not shown yet"}</span>;
  }
  const { outcome, reward, learned_in_version } = decision.outcome;
  return (
    <>
      <Badge size="sm" radius="sm" color={outcome === "accepted" ? "teal" : "gray"} tt="none">
        {outcome}
      </Badge>
      <span className="quiet">
        reward {reward}
        {learned_in_version === null ? ", not learned yet" : `, learned in policy ${learned_in_version}`}
      </span>
    </>
  );
}

/** Every choice with its propensity and its expected reward. */
function Choices({ decision }: { decision: Decision }) {
  const chosen = decision.offer_id ?? "no_offer";
  const rows = Object.entries(decision.propensities).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return null;
  return (
    <table className="choices">
      <thead>
        <tr>
          <th>Choice</th>
          <th>Propensity</th>
          <th>Expected reward</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, propensity]) => (
          <tr key={name} aria-current={name === chosen ? "true" : undefined}>
            <td>{name === "no_offer" ? "no offer" : name}</td>
            <td>
              <span className="bar">
                <span style={{ width: `${Math.round(propensity * 100)}%` }} />
              </span>
              {percent(propensity, 1)}
            </td>
            <td>{decision.expected_rewards[name]?.toFixed(3) ?? "—"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Ineligible({ offers }: { offers: Record<string, string> }) {
  const entries = Object.entries(offers);
  if (entries.length === 0) return null;
  return (
    <details>
      <summary>
        {entries.length} {entries.length === 1 ? "offer was" : "offers were"} not eligible
      </summary>
      <dl>
        {entries.map(([offer, reason]) => (
          <div key={offer}>
            <dt>{offer}</dt>
            <dd>{words(reason)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
