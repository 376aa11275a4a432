import { Button, Checkbox } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useState } from "react";
import type { Policies, PolicyVersion } from "../../app/api";
import { fullMoment, words } from "../../components/values/format";
import { ErrorAlert, Loaded } from "../../components/states";
import { ACTIONS, StatusBadge, Table } from "../../components/Table";
import { usePolicies } from "../../components/usePolicies";
import { VERSION_COLORS } from "../../components/versions";
import { GateVerdict } from "./GateVerdict";
import { PolicyChanges } from "./PolicyChanges";
import { usePolicyRelease } from "./usePolicyRelease";

/** Every version of the offer policy with its actions, and the history of releases and rollbacks. */
export function PolicyVersions() {
  return (
    <Loaded query={usePolicies()} lines={3}>
      {(policies) => <Versions policies={policies} />}
    </Loaded>
  );
}

function Versions({ policies: { versions, changes } }: { policies: Policies }) {
  const mayManage = useMay("manage");
  const [ignoreRewards, setIgnoreRewards] = useState(false);
  const { change, verdict } = usePolicyRelease(() => {
    setIgnoreRewards(false);
  });
  const rollBack = (to: number | null) => {
    change.mutate({ rollBackTo: to, ignoreRewards });
  };
  const latest = changes.find(({ action }) => action === "promoted" || action === "rolled_back");
  return (
    <div className="card">
      <header className="sheet-head">
        <h2>Policy versions</h2>
        {mayManage && versions.length > 1 && (
          <Checkbox
            size="xs"
            label="A rollback ignores the rewards learned since"
            checked={ignoreRewards}
            onChange={(event) => {
              setIgnoreRewards(event.currentTarget.checked);
            }}
          />
        )}
        {mayManage && latest?.action === "promoted" && (
          <Button
            size="compact-sm"
            variant="default"
            color="red"
            loading={change.isPending}
            onClick={() => {
              rollBack(null);
            }}
          >
            Undo the last release
          </Button>
        )}
      </header>
      <ErrorAlert error={change.error} />
      {verdict && <GateVerdict {...verdict} />}
      <Table head={["Version", "Status", "Origin", "Rewards", "Created", ACTIONS]}>
        {versions.map((version) => (
          <VersionRow
            key={version.version}
            version={version}
            busy={change.isPending}
            release={() => {
              change.mutate({ release: version.version });
            }}
            rollBack={() => {
              rollBack(version.version);
            }}
          />
        ))}
      </Table>
      <PolicyChanges changes={changes} />
    </div>
  );
}

interface RowProps {
  version: PolicyVersion;
  busy: boolean;
  release: () => void;
  rollBack: () => void;
}

function VersionRow({ version, busy, release, rollBack }: RowProps) {
  const mayManage = useMay("manage");
  return (
    <tr>
      <td>
        {version.version} <span className="quiet">branch {version.line}</span>
      </td>
      <td>
        <StatusBadge color={VERSION_COLORS[version.status] ?? "gray"}>{version.status}</StatusBadge>
      </td>
      <td>
        {words(version.origin)} <span className="quiet">by {version.created_by}</span>
      </td>
      <td>{version.reward_count}</td>
      <td>{fullMoment(version.created_at)}</td>
      <td>
        {mayManage && version.status === "candidate" && (
          <Button size="compact-sm" loading={busy} onClick={release} aria-label={`Release version ${version.version}`}>
            Release
          </Button>
        )}
        {mayManage && version.status === "retired" && (
          <Button
            size="compact-sm"
            variant="default"
            loading={busy}
            onClick={rollBack}
            aria-label={`Roll back to version ${version.version}`}
          >
            Roll back
          </Button>
        )}
      </td>
    </tr>
  );
}
