import { Badge } from "@mantine/core";
import type { ReactNode } from "react";

/** The heading of a column of buttons, for screen readers only. */
export const ACTIONS = <span className="unseen">Actions</span>;

interface Props {
  /** One heading for each column. */
  head: ReactNode[];
  /** Narrow rows without a frame, for tables inside a card of the studio. */
  slim?: boolean;
  children: ReactNode;
}

/** A table with a row of headings; `children` are its rows. */
export function Table({ head, slim = false, children }: Props) {
  return (
    <table className={slim ? "offers slim" : "offers"}>
      <thead>
        <tr>
          {head.map((heading, column) => (
            <th key={column}>{heading}</th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

/** A short word on a tinted ground, such as a state. */
export function StatusBadge({ color, title, children }: { color: string; title?: string; children: ReactNode }) {
  return (
    <Badge radius="sm" variant="light" tt="none" color={color} {...(title === undefined ? {} : { title })}>
      {children}
    </Badge>
  );
}
