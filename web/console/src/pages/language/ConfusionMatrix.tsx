import { useMemo } from "react";
import type { Confusion } from "../../app/api";
import { matrix } from "./matrix";
import { words } from "../../components/format";

const LARGEST = 16;

/** Rows are what was meant, columns what it was taken for; the darker, the larger the share of the row. */
export function Confusions({ confusions }: { confusions: Confusion[] }) {
  const { names, rows } = useMemo(() => matrix(confusions, LARGEST), [confusions]);
  if (names.length === 0) return <p className="quiet">Nothing was confused.</p>;
  return (
    <div className="scroll">
      <table className="matrix">
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th key={name} scope="col">
                <span>{words(name)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cells, total }) => (
            <tr key={name}>
              <th scope="row">{words(name)}</th>
              {cells.map((count, column) => (
                <td
                  key={names[column]}
                  data-right={names[column] === name}
                  style={{ "--share": total ? count / total : 0 } as React.CSSProperties}
                  title={`${words(name)} taken for ${words(names[column] ?? "")}: ${count}`}
                >
                  {count || ""}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
