import { useMemo } from "react";
import type { Confusion } from "../../app/api";
import { matrix } from "./matrix";
import { words } from "../../components/values/format";

const LARGEST = 16;

/** Rows are intended, columns recognised intents; a darker cell is a larger share of its row. */
export function ConfusionMatrix({ confusions }: { confusions: Confusion[] }) {
  const { names, rows } = useMemo(() => matrix(confusions, LARGEST), [confusions]);
  if (names.length === 0) return <p className="quiet">No confusions.</p>;
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
