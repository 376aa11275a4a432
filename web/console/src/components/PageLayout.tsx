import type { ReactNode } from "react";

interface Props {
  title: string;
  lead?: string;
  /** Beside the title: a button or a choice. */
  action?: ReactNode;
  children: ReactNode;
}

/** A page of the console: its title, a sentence about it, and the content below. */
export function PageLayout({ title, lead, action, children }: Props) {
  return (
    <section className="sheet">
      <header className="sheet-head">
        <div>
          <h1>{title}</h1>
          {lead !== undefined && <p className="quiet">{lead}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}
