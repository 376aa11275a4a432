import { Badge } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ask, type Verdict } from "../../app/api";
import { estimate } from "../../components/format";
import { usePolicies } from "../../components/usePolicies";

/** What the gate says of each candidate, from the decisions of the policy in force. */
export function Candidates() {
  const policies = usePolicies();
  const candidates = policies.data?.versions.filter((one) => one.status === "candidate") ?? [];
  if (candidates.length === 0) return null;
  return (
    <div className="card">
      <h2>Candidates, by what they would have earned</h2>
      <p className="quiet">
        Estimated from decisions made since each was proposed, which it cannot have learned from. An accepted offer
        earns 1.
      </p>
      <table className="offers">
        <thead>
          <tr>
            <th>Version</th>
            <th>Decisions</th>
            <th>Effective</th>
            <th>Running policy</th>
            <th>IPS</th>
            <th>SNIPS</th>
            <th>Doubly robust</th>
            <th>DRos</th>
            <th>Bound at any time</th>
            <th>Gate</th>
          </tr>
        </thead>
        <tbody>
          {candidates.map((one) => (
            <CandidateRow key={one.version} version={one.version} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CandidateRow({ version }: { version: number }) {
  const verdict = useQuery({
    queryKey: ["verdict", version],
    queryFn: () => ask<Verdict>("GET", `policies/${version}/verdict`),
    staleTime: 300_000,
  });
  if (!verdict.data) {
    return (
      <tr>
        <td>{version}</td>
        <td colSpan={9} className="quiet">
          {verdict.error?.message ?? "Each decision is put to it again …"}
        </td>
      </tr>
    );
  }
  const { data } = verdict;
  return (
    <tr>
      <td>{version}</td>
      <td>{data.decisions}</td>
      <td>{data.effective_decisions.toFixed(0)}</td>
      {[data.running, data.ips, data.snips, data.dr, data.dr_os].map((value, place) => (
        <td key={place}>{estimate(value)}</td>
      ))}
      <td>
        {estimate(data.lower)} – {estimate(data.upper)}
      </td>
      <td>
        <Badge radius="sm" variant="light" tt="none" color={data.passed ? "teal" : "orange"} title={data.reason}>
          {data.passed ? "would pass" : "would refuse"}
        </Badge>
      </td>
    </tr>
  );
}
