import type { ReactNode } from "react";
import { Refusal } from "../api";
import { Failure, Loading } from "../states";
import { type Document, useDocument } from "./documents";
import { Make, MadeAt } from "./jobs";

interface Props<Data> {
  name: string;
  command: string;
  /** What the page would show and how long making it takes, for whoever has nothing yet. */
  about: string;
  children: (document: Document<Data>) => ReactNode;
}

/** A document once it is there; before that, what makes it. */
export function Found<Data>({ name, command, about, children }: Props<Data>) {
  const document = useDocument<Data>(name);
  if (document.data) {
    return (
      <>
        {children(document.data)}
        <MadeAt command={command} at={document.data.made_at} />
      </>
    );
  }
  if (document.error instanceof Refusal && document.error.code === "no_document") {
    return (
      <div className="middle">
        <strong>Nothing was made yet</strong>
        <span className="quiet">{about}</span>
        <Make command={command} label="Make it now" />
        <span className="quiet">
          or on the engine&apos;s machine: <code>promobot strategy {command}</code>
        </span>
      </div>
    );
  }
  if (document.error) return <Failure error={document.error} retry={() => void document.refetch()} />;
  return <Loading lines={6} />;
}
