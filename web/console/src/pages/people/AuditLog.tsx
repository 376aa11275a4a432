import { useQuery } from "@tanstack/react-query";
import { request, type AuditPage } from "../../app/api";
import { fullMoment, words } from "../../components/values/format";
import { Empty, Loaded } from "../../components/states";
import { Table } from "../../components/Table";

/** Who changed what, and when. */
export function AuditLog() {
  const audit = useQuery({
    queryKey: ["audit"],
    queryFn: () => request<AuditPage>("GET", "audit"),
    refetchInterval: 10_000,
  });
  return (
    <Loaded query={audit} lines={3}>
      {({ entries }) =>
        entries.length === 0 ? (
          <Empty title="The audit log is empty" />
        ) : (
          <div className="card">
            <h2>Audit log</h2>
            <Table head={["When", "Who", "Action", "Subject"]}>
              {entries.map((entry) => (
                <tr key={entry.audit_id}>
                  <td>{fullMoment(entry.at)}</td>
                  <td>{entry.name}</td>
                  <td>{words(entry.action)}</td>
                  <td>{entry.subject}</td>
                </tr>
              ))}
            </Table>
          </div>
        )
      }
    </Loaded>
  );
}
