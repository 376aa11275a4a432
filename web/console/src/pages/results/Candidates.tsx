import { useQuery } from "@tanstack/react-query";
import { request, type Verdict } from "../../app/api";
import { estimate } from "../../components/values/format";
import { StatusBadge, Table } from "../../components/Table";
import { usePolicies } from "../../components/usePolicies";

const HEAD = [
  "Version",
  "Decisions",
  "Effective",
  "Running policy",
  "IPS",
  "SNIPS",
  "Doubly robust",
  "DRos",
  "Anytime bounds",
  "Gate",
];

/** The estimates for each candidate policy, and whether the gate would let it pass. */
export function Candidates() {
  const policies = usePolicies();
  const candidates = policies.data?.versions.filter(({ status }) => status === "candidate") ?? [];
  if (candidates.length === 0) return null;
  return (
    <div className="card">
      <h2>Candidates: estimated reward</h2>
      <p className="quiet">
        Estimated from decisions after the candidate was proposed, from which it has not learned. An accepted offer has
        reward 1.
      </p>
      <Table head={HEAD}>
        {candidates.map(({ version }) => (
          <CandidateRow key={version} version={version} />
        ))}
      </Table>
    </div>
  );
}

function CandidateRow({ version }: { version: number }) {
  const verdict = useQuery({
    queryKey: ["verdict", version],
    queryFn: () => request<Verdict>("GET", `policies/${version}/verdict`),
    staleTime: 300_000,
  });
  if (!verdict.data) {
    return (
      <tr>
        <td>{version}</td>
        <td colSpan={HEAD.length - 1} className="quiet">
          {verdict.error?.message ?? "The engine replays the decisions …"}
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
      {[data.running, data.ips, data.snips, data.dr, data.dr_os].map((value, column) => (
        <td key={column}>{estimate(value)}</td>
      ))}
      <td>
        {estimate(data.lower)} – {estimate(data.upper)}
      </td>
      <td>
        <StatusBadge color={data.passed ? "teal" : "orange"} title={data.reason}>
          {data.passed ? "would pass" : "would refuse"}
        </StatusBadge>
      </td>
    </tr>
  );
}
