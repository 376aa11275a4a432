import { Alert, Badge, Button, Checkbox } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask, type Policies, type PolicyVersion, type Promoted, type Verdict } from "../../app/api";
import { useMay } from "../../app/Console";
import { fullMoment, words } from "../../components/format";
import { Failure, Loading } from "../../components/states";

const COLORS: Record<string, string> = { live: "teal", candidate: "blue", retired: "gray" };

function usePolicies() {
  return useQuery({ queryKey: ["policies"], queryFn: () => ask<Policies>("GET", "policies"), refetchInterval: 15_000 });
}

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
        <td key={place}>{number(value)}</td>
      ))}
      <td>
        {number(data.lower)} – {number(data.upper)}
      </td>
      <td>
        <Badge radius="sm" variant="light" tt="none" color={data.passed ? "teal" : "orange"} title={data.reason}>
          {data.passed ? "would pass" : "would refuse"}
        </Badge>
      </td>
    </tr>
  );
}

function number(value: number | null): string {
  return value === null ? "—" : value.toFixed(4);
}

/** Versions with their moves, and the record of who made which. */
export function PolicyDesk() {
  const policies = usePolicies();
  const queries = useQueryClient();
  const mayManage = useMay("manage");
  const [setAside, setSetAside] = useState(false);
  const [said, setSaid] = useState<{ version: number; verdict: Verdict; moved: boolean } | null>(null);
  const move = useMutation({
    mutationFn: async (step: { promote: number } | { back: number | null }) => {
      if ("promote" in step) {
        const answer = await ask<Promoted>("POST", `policies/${step.promote}/promotion`, {});
        setSaid({ version: step.promote, verdict: answer.verdict, moved: answer.moved !== null });
      } else {
        setSaid(null);
        await ask("POST", "policy-rollbacks", { to: step.back, set_aside: setAside });
        setSetAside(false);
      }
    },
    onSettled: () => queries.invalidateQueries(),
  });
  if (policies.error) return <Failure error={policies.error} retry={() => void policies.refetch()} />;
  if (!policies.data) return <Loading lines={3} />;
  const { versions, changes } = policies.data;
  return (
    <div className="card">
      <header className="sheet-head">
        <h2>Policy versions</h2>
        {mayManage && versions.length > 1 && (
          <Checkbox
            size="xs"
            label="When going back, what was learned since is to teach nothing"
            checked={setAside}
            onChange={(event) => {
              setSetAside(event.currentTarget.checked);
            }}
          />
        )}
        <RollBack
          may={changes.find((one) => one.action === "promoted" || one.action === "rolled_back")?.action === "promoted"}
          busy={move.isPending}
          act={() => {
            move.mutate({ back: null });
          }}
        />
      </header>
      {move.error && (
        <Alert color="red" role="alert">
          {move.error.message}
        </Alert>
      )}
      {said && <Said {...said} />}
      <table className="offers">
        <thead>
          <tr>
            <th>Version</th>
            <th>Status</th>
            <th>Came from</th>
            <th>Rewards</th>
            <th>Made</th>
            <th>
              <span className="unseen">What may be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {versions.map((one) => (
            <VersionRow
              key={one.version}
              one={one}
              busy={move.isPending}
              promote={() => {
                move.mutate({ promote: one.version });
              }}
              back={() => {
                move.mutate({ back: one.version });
              }}
            />
          ))}
        </tbody>
      </table>
      {changes.length > 0 && (
        <details>
          <summary>What was done to them</summary>
          <table className="offers">
            <tbody>
              {changes.map((change) => (
                <tr key={change.change_id}>
                  <td>{fullMoment(change.at)}</td>
                  <td>{change.actor}</td>
                  <td>{words(change.action)}</td>
                  <td>
                    {change.version}
                    {change.before_version !== null && ` (${change.before_version} was in force)`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </div>
  );
}

function RollBack({ may, busy, act }: { may: boolean; busy: boolean; act: () => void }) {
  const mayManage = useMay("manage");
  if (!mayManage || !may) return null;
  return (
    <Button size="compact-sm" variant="default" color="red" loading={busy} onClick={act}>
      Undo the last promotion
    </Button>
  );
}

function Said({ version, verdict, moved }: { version: number; verdict: Verdict; moved: boolean }) {
  return (
    <Alert color={moved ? "teal" : "orange"} title={`Version ${version} ${moved ? "is in force" : "was refused"}`}>
      <p>{words(verdict.reason)}.</p>
      <dl className="numbers">
        {(["decisions", "running", "lower", "upper", "ips", "snips", "dr", "dr_os"] as const).map((name) => (
          <div key={name}>
            <dt>{words(name)}</dt>
            <dd>{name === "decisions" ? verdict.decisions : number(verdict[name])}</dd>
          </div>
        ))}
      </dl>
    </Alert>
  );
}

function VersionRow(props: { one: PolicyVersion; busy: boolean; promote: () => void; back: () => void }) {
  const { one, busy } = props;
  const mayManage = useMay("manage");
  return (
    <tr>
      <td>
        {one.version} <span className="quiet">line {one.line}</span>
      </td>
      <td>
        <Badge radius="sm" variant="light" tt="none" color={COLORS[one.status] ?? "gray"}>
          {one.status}
        </Badge>
      </td>
      <td>
        {words(one.origin)} <span className="quiet">by {one.created_by}</span>
      </td>
      <td>{one.reward_count}</td>
      <td>{fullMoment(one.created_at)}</td>
      <td>
        {mayManage && one.status === "candidate" && (
          <Button
            size="compact-sm"
            loading={busy}
            onClick={props.promote}
            aria-label={`Promote version ${one.version}`}
          >
            Promote
          </Button>
        )}
        {mayManage && one.status === "retired" && (
          <Button
            size="compact-sm"
            variant="default"
            loading={busy}
            onClick={props.back}
            aria-label={`Go back to it: version ${one.version}`}
          >
            Go back to it
          </Button>
        )}
      </td>
    </tr>
  );
}
