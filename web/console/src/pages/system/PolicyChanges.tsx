import type { Policies } from "../../app/api";
import { fullMoment, words } from "../../components/values/format";

/** The history of releases and rollbacks, folded. */
export function PolicyChanges({ changes }: { changes: Policies["changes"] }) {
  if (changes.length === 0) return null;
  return (
    <details>
      <summary>History of changes</summary>
      <table className="offers">
        <tbody>
          {changes.map((change) => (
            <tr key={change.change_id}>
              <td>{fullMoment(change.at)}</td>
              <td>{change.actor}</td>
              <td>{words(change.action)}</td>
              <td>
                {change.version}
                {change.before_version !== null && ` (after ${change.before_version})`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
