import { Badge } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { request, type UnsureText, type Clusters } from "../../app/api";
import { Empty, Loaded } from "../../components/states";
import { SetIntentButton, SetIntentForm } from "./SetIntent";

const SHOWN = 30;

/** Groups of similar texts that the bot was unsure of: candidates for new intents. */
export function PhraseTab() {
  const groups = useQuery({
    queryKey: ["clusters"],
    queryFn: () => request<Clusters>("GET", "language/clusters?below=0.6"),
    staleTime: 60_000,
  });
  return (
    <Loaded query={groups} lines={4}>
      {({ texts, clusters }) => (
        <>
          <p className="quiet">
            {texts} texts that the bot was unsure of, grouped by words and parts of words (TF-IDF and average-link
            clustering of scikit-learn). A large group without an intent points to a missing intent.
          </p>
          {clusters.length === 0 && <Empty title="No two texts are similar" />}
          {clusters.map((texts) => (
            <Group key={texts[0]?.message_id} texts={texts} />
          ))}
        </>
      )}
    </Loaded>
  );
}

/** The first text of a group is its centre. */
function Group({ texts }: { texts: UnsureText[] }) {
  const [open, setOpen] = useState(false);
  const [centre, ...others] = texts;
  if (!centre) return null;
  return (
    <article className="card">
      <div className="unsure">
        <p className="unsure-text">{centre.text}</p>
        <div className="facts">
          <Badge radius="sm">{texts.length}</Badge>
          <SetIntentButton
            open={() => {
              setOpen(true);
            }}
          />
        </div>
      </div>
      <details>
        <summary>{others.length} more like it</summary>
        <ul className="quiet">
          {others.slice(0, SHOWN).map((text) => (
            <li key={text.message_id}>{text.text}</li>
          ))}
        </ul>
      </details>
      {open && (
        <SetIntentForm
          text={centre}
          intent=""
          close={() => {
            setOpen(false);
          }}
        />
      )}
    </article>
  );
}
