/** Parts that several tabs of the studio show: tables of a document, intervals, attributions. */

import { type ReactNode, useId } from "react";
import type { Document, Interval, Table } from "../documents";
import { digits, place } from "./numbers";

/** A wide table that is scrolled by itself; reachable by keyboard, since nothing in it may take the focus. */
export function Scrolled(props: { label?: string; labelledBy?: string; tall?: boolean; children: ReactNode }) {
  const { label, labelledBy, tall = false, children } = props;
  // A group and no region: pages have a dozen of them, too many landmarks to find one's way by.
  return (
    <div
      className={tall ? "scroll tall" : "scroll"}
      tabIndex={0}
      role="group"
      aria-label={label}
      aria-labelledby={labelledBy}
    >
      {children}
    </div>
  );
}

/** A document's table as its command printed it. */
export function Rows({ table, title, tall = false }: { table: Table; title?: string | undefined; tall?: boolean }) {
  const heading = useId();
  const name = title ?? (table.caption || (table.columns.find((column) => column !== "") ?? "Numbers"));
  return (
    <div className="card">
      <h2 id={heading}>{name}</h2>
      {title !== undefined && table.caption !== "" && table.caption !== title && (
        <p className="quiet">{table.caption}</p>
      )}
      <Scrolled labelledBy={heading} tall={tall}>
        <table className="offers slim">
          <thead>
            <tr>
              {table.columns.map((column) => (
                <th key={column}>{column || <span className="unseen">what</span>}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, at) => (
              <tr key={at}>
                {row.map((cell, column) => (
                  <td key={column}>{typeof cell === "number" ? digits(cell) : (cell ?? "")}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
    </div>
  );
}

/** What a document says in sentences. */
export function Says({ document }: { document: Document<unknown> }) {
  return (
    <div className="says">
      <p>
        <strong>{document.lead}</strong>
      </p>
      {document.texts.map((text) => (
        <p key={text} className="quiet">
          {text}
        </p>
      ))}
    </div>
  );
}

/** A mean in its interval, on a scale that all rows share; the stroke is at 0. */
export function Span({ of, scale, text }: { of: Interval; scale: [number, number]; text: string }) {
  const [mean, low, high] = of;
  return (
    <span className="span-cell">
      <span className="track zero" style={{ "--zero": place(0, scale) } as React.CSSProperties}>
        <span
          className="span"
          style={{
            left: `${100 * place(low, scale)}%`,
            width: `${100 * (place(high, scale) - place(low, scale))}%`,
          }}
        />
        <span className="dot" style={{ left: `${100 * place(mean, scale)}%` }} />
      </span>
      <span>{text}</span>
    </span>
  );
}

/** A number with its name. */
export function Figure({ name, value, more }: { name: string; value: string; more?: string }) {
  return (
    <div className="card figure">
      <span className="quiet">{name}</span>
      <strong>{value}</strong>
      {more !== undefined && <span className="quiet">{more}</span>}
    </div>
  );
}

/** Bars of one measure under each other. */
export function Bars({ of, label }: { of: { name: string; value: number; text: string }[]; label: string }) {
  const largest = Math.max(...of.map((one) => one.value), 1e-9);
  return (
    <ul className="bars" aria-label={label}>
      {of.map(({ name, value, text }) => (
        <li key={name}>
          <span>{name}</span>
          <span className="bar">
            <span style={{ width: `${(100 * Math.max(value, 0)) / largest}%` }} />
          </span>
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}
