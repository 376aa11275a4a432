import { Link } from "wouter";
import type { Results } from "../../app/api";
import { fullMoment, percent } from "../../components/values/format";
import { Table } from "../../components/Table";
import { wilson } from "../../components/values/wilson";

type Branch = NonNullable<Results["report"]>["lines"][number];

const HEAD = ["Branch", "Versions", "Decided", "Decisions", "No offer", "Accepted of answered", "Expected", "Redeemed"];

/** The results of each branch of the policy: versions that learned from each other. */
export function Branches({ branches }: { branches: Branch[] }) {
  if (branches.length === 0) return null;
  return (
    <div className="card">
      <h2>Policy branches side by side</h2>
      <p className="quiet">A branch is a series of versions, each of which learned from the previous version.</p>
      <Table head={HEAD}>
        {branches.map((branch) => {
          const acceptance = wilson(branch.accepted, branch.answered);
          return (
            <tr key={branch.line}>
              <td>
                <Link to={`/conversations?policy_line=${branch.line}`}>{branch.line}</Link>
              </td>
              <td>
                {branch.first_version} – {branch.last_version}
              </td>
              <td className="quiet">until {fullMoment(branch.last_at)}</td>
              <td>{branch.decisions}</td>
              <td>{percent(1 - branch.offered / branch.decisions)}</td>
              <td>
                {acceptance ? (
                  <>
                    {percent(acceptance.share, 1)}{" "}
                    <span className="quiet">
                      {percent(acceptance.low)} – {percent(acceptance.high)}
                    </span>
                  </>
                ) : (
                  <span className="quiet">none yet</span>
                )}
              </td>
              <td>{branch.expected === null ? "—" : percent(branch.expected, 1)}</td>
              <td>{branch.redeemed}</td>
            </tr>
          );
        })}
      </Table>
    </div>
  );
}
