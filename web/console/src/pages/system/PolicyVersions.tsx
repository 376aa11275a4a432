import { Alert, Badge, Button, Checkbox } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask, type PolicyVersion, type Promoted, type Verdict } from "../../app/api";
import { useMay } from "@promobot/shared/session";
import { estimate, fullMoment, words } from "../../components/format";
import { usePolicies } from "../../components/usePolicies";
import { Failure, Loading } from "../../components/states";

const COLORS: Record<string, string> = { live: "teal", candidate: "blue", retired: "gray" };

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
            <dd>{name === "decisions" ? verdict.decisions : estimate(verdict[name])}</dd>
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
