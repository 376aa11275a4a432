import type { ReactNode } from "react";
import { Failure, Loading } from "../../components/states";
import { type Document, useDocument, useMade } from "../documents";
import { Make, MadeAt } from "../jobs";

interface Props<Data> {
  name: string;
  command: string;
  /** What the page would show and how long making it takes, for whoever has nothing yet. */
  about: string;
  children: (document: Document<Data>) => ReactNode;
}

/** A document once it is there; before that, what makes it. */
export function Found<Data>({ name, command, about, children }: Props<Data>) {
  const made = useMade(name);
  const document = useDocument<Data>(name, made.data === true);
  if (document.data) {
    return (
      <>
        {children(document.data)}
        <MadeAt command={command} at={document.data.made_at} />
      </>
    );
  }
  if (made.data === false) {
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
  if (made.error) return <Failure error={made.error} retry={() => void made.refetch()} />;
  if (document.error) return <Failure error={document.error} retry={() => void document.refetch()} />;
  return <Loading lines={6} />;
}
