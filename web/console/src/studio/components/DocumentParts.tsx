/** Parts that several tabs of the studio show: texts and tables of a document, intervals, figures, bars. */

import { type ReactNode, useId } from "react";
import { Table } from "../../components/Table";
import type { Document, DocumentRows, Interval } from "../documents";
import { digits, position } from "./numbers";

/** A wide table that scrolls on its own. It takes the keyboard focus, because nothing in it may. */
export function Scrolled(props: { label?: string; labelledBy?: string; tall?: boolean; children: ReactNode }) {
  const { label, labelledBy, tall = false, children } = props;
  // A group and not a region: a page has a dozen of them, too many landmarks.
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

/** A table of a document as its command printed it. */
export function DocumentTable({
  table,
  title,
  tall = false,
}: {
  table: DocumentRows;
  title?: string | undefined;
  tall?: boolean;
}) {
  const heading = useId();
  const name = title ?? (table.caption || (table.columns.find((column) => column !== "") ?? "Numbers"));
  return (
    <div className="card">
      <h2 id={heading}>{name}</h2>
      {title !== undefined && table.caption !== "" && table.caption !== title && (
        <p className="quiet">{table.caption}</p>
      )}
      <Scrolled labelledBy={heading} tall={tall}>
        <Table slim head={table.columns.map((column) => column || <span className="unseen">what</span>)}>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column}>{typeof cell === "number" ? digits(cell) : (cell ?? "")}</td>
              ))}
            </tr>
          ))}
        </Table>
      </Scrolled>
    </div>
  );
}

/** The sentences of a document. */
export function DocumentText({ document }: { document: Document<unknown> }) {
  return (
    <div className="document-text">
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

/** A mean in its interval, on a scale that all rows share, with a mark at 0. */
export function IntervalBar({ of, scale, text }: { of: Interval; scale: [number, number]; text: string }) {
  const [mean, low, high] = of;
  return (
    <span className="span-cell">
      <span className="track zero" style={{ "--zero": position(0, scale) } as React.CSSProperties}>
        <span
          className="span"
          style={{
            left: `${100 * position(low, scale)}%`,
            width: `${100 * (position(high, scale) - position(low, scale))}%`,
          }}
        />
        <span className="dot" style={{ left: `${100 * position(mean, scale)}%` }} />
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

/** Horizontal bars, the longest for the largest value. */
export function Bars({ of, label }: { of: { name: string; value: number; text: string }[]; label: string }) {
  const largest = Math.max(...of.map(({ value }) => value), 1e-9);
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
