import type { ReactNode } from "react";
import { Failure, Loading } from "../../components/states";
import { type Document, useDocument, useDocumentExists } from "../documents";
import { MadeAt, RunButton } from "../jobs/RunButton";
import { InCurrency } from "./money";

interface Props<Data> {
  name: string;
  command: string;
  /** What the document shows and how long its command runs, for a page without the document. */
  about: string;
  children: (document: Document<Data>) => ReactNode;
}

/** Shows a document; without it, the command that makes it. */
export function WithDocument<Data>({ name, command, about, children }: Props<Data>) {
  const exists = useDocumentExists(name);
  const document = useDocument<Data>(name, exists.data === true);
  if (document.data) {
    return (
      <>
        <InCurrency currency={document.data.currency}>{children(document.data)}</InCurrency>
        {document.data.source !== "" && <p className="quiet">From {document.data.source}</p>}
        <MadeAt command={command} at={document.data.made_at} />
      </>
    );
  }
  if (exists.data === false) {
    return (
      <div className="middle">
        <strong>No results yet</strong>
        <span className="quiet">{about}</span>
        <RunButton command={command} label="Run now" />
        <span className="quiet">
          or on the engine&apos;s machine: <code>promobot strategy {command}</code>
        </span>
      </div>
    );
  }
  if (exists.error) return <Failure error={exists.error} retry={() => void exists.refetch()} />;
  if (document.error) return <Failure error={document.error} retry={() => void document.refetch()} />;
  return <Loading lines={6} />;
}
