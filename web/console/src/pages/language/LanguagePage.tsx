import { Alert, Badge, Button, NativeSelect, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { ask, type Confusion, type Correction, type UnsureText } from "../../app/api";
import { Confusions } from "./ConfusionMatrix";
import { useMay } from "@promobot/shared/session";
import { CorrectionForm, useIntents } from "../../components/CorrectionForm";
import { moment, percent, words } from "../../components/format";
import { DownloadIcon } from "../../components/icons";
import { Empty, Failure, Loading } from "../../components/states";

const TABS = ["Inbox", "Confusions", "New phrases", "Training data"] as const;

/** What the bot understands, and teaching it more. */
export function LanguagePage() {
  const [tab, setTab] = useState<(typeof TABS)[number]>("Inbox");
  const mayExport = useMay("export");
  return (
    <section className="sheet">
      <header className="sheet-head">
        <div>
          <h1>Language</h1>
          <p className="quiet">
            What is corrected or added here goes into a file for data/nlu; the next training learns it.
          </p>
        </div>
        {mayExport && (
          <Button
            component="a"
            href="/admin/api/language/corrections.yml"
            download
            variant="default"
            leftSection={<DownloadIcon />}
          >
            Export for Rasa
          </Button>
        )}
      </header>
      <div className="tabs" role="tablist">
        {TABS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={tab === name}
            onClick={() => {
              setTab(name);
            }}
          >
            {name}
          </button>
        ))}
      </div>
      {tab === "Inbox" && <Inbox />}
      {tab === "Confusions" && <ConfusionTab />}
      {tab === "New phrases" && <Clusters />}
      {tab === "Training data" && <TrainingData />}
    </section>
  );
}

function Inbox() {
  const [below, setBelow] = useState("0.6");
  const inbox = useQuery({
    queryKey: ["inbox", below],
    queryFn: () => ask<{ messages: UnsureText[] }>("GET", `language/inbox?below=${below}`),
  });
  return (
    <>
      <NativeSelect
        className="narrow"
        label="The bot was less sure than"
        value={below}
        data={["0.3", "0.5", "0.6", "0.8", "0.9"].map((value) => ({ value, label: percent(Number(value)) }))}
        onChange={(event) => {
          setBelow(event.currentTarget.value);
        }}
      />
      {inbox.error ? (
        <Failure error={inbox.error} retry={() => void inbox.refetch()} />
      ) : !inbox.data ? (
        <Loading lines={5} />
      ) : inbox.data.messages.length === 0 ? (
        <Empty title="Nothing to look at">The bot was sure of everything that is not corrected yet.</Empty>
      ) : (
        <div className="list">
          {inbox.data.messages.map((text) => (
            <Unsure key={text.message_id} text={text} />
          ))}
        </div>
      )}
    </>
  );
}

function Unsure({ text }: { text: UnsureText }) {
  const [open, setOpen] = useState(false);
  const may = useMay("annotate");
  return (
    <article className="card">
      <div className="unsure">
        <div>
          <p className="said-text">{text.text}</p>
          <span className="quiet">
            {moment(text.created_at)} ·{" "}
            <Link to={`/conversations/${encodeURIComponent(text.conversation_id)}`}>the conversation</Link>
          </span>
        </div>
        <div className="facts">
          {text.intent_ranking.map((intent, place) => (
            <Badge key={place} radius="sm" variant={place === 0 ? "light" : "outline"} color="gray" tt="none">
              {words(intent.name ?? "none")} {percent(intent.confidence)}
            </Badge>
          ))}
          {may && !open && (
            <Button
              size="compact-sm"
              variant="light"
              onClick={() => {
                setOpen(true);
              }}
            >
              Say what it means
            </Button>
          )}
        </div>
      </div>
      {open && (
        <CorrectionForm
          text={text.text}
          path={`conversations/${encodeURIComponent(text.conversation_id)}/messages/${encodeURIComponent(text.message_id)}/meaning`}
          intent={text.intent_ranking.find((one) => one.name !== "nlu_fallback")?.name ?? ""}
          entities={[]}
          close={() => {
            setOpen(false);
          }}
        />
      )}
    </article>
  );
}

function ConfusionTab() {
  const found = useQuery({
    queryKey: ["confusions"],
    queryFn: () =>
      ask<{
        corrections: Confusion[];
        evaluation: { made_at: number; accuracy: number | null; confusions: Confusion[] } | null;
      }>("GET", "language/confusions"),
  });
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading lines={4} />;
  const { corrections, evaluation } = found.data;
  return (
    <>
      <div className="card">
        <h2>Corrected messages</h2>
        <p className="quiet">
          What shoppers meant, by what the bot took it for. Confirmed messages lie on the diagonal.
        </p>
        {corrections.length === 0 ? (
          <Empty title="Nothing is corrected yet">Correct messages in the inbox or beside a conversation.</Empty>
        ) : (
          <Confusions confusions={corrections} />
        )}
      </div>
      <div className="card">
        <h2>The last test of the language model</h2>
        {evaluation === null ? (
          <Empty title="No report of rasa test is on disk">
            rasa test nlu --out results writes the one that is shown here.
          </Empty>
        ) : (
          <>
            <p className="quiet">
              intent_report.json of {moment(new Date(evaluation.made_at * 1000).toISOString())}
              {evaluation.accuracy !== null && `, ${percent(evaluation.accuracy, 1)} right`}. Shown are the intents that
              were confused most.
            </p>
            <Confusions confusions={evaluation.confusions} />
          </>
        )}
      </div>
    </>
  );
}

function Clusters() {
  const found = useQuery({
    queryKey: ["clusters"],
    queryFn: () => ask<{ texts: number; clusters: UnsureText[][] }>("GET", "language/clusters?below=0.6"),
    staleTime: 60_000,
  });
  const [teaching, setTeaching] = useState<string | null>(null);
  const may = useMay("annotate");
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading lines={4} />;
  return (
    <>
      <p className="quiet">
        {found.data.texts} texts that the bot was unsure of, grouped by their words and pieces of words (TF-IDF and
        average-link clustering of scikit-learn). A large group without an intent is one that is missing.
      </p>
      {found.data.clusters.length === 0 && <Empty title="No two of them say about the same" />}
      {found.data.clusters.map((group) => {
        const [middle, ...others] = group;
        if (!middle) return null;
        return (
          <article key={middle.message_id} className="card">
            <div className="unsure">
              <p className="said-text">{middle.text}</p>
              <div className="facts">
                <Badge radius="sm">{group.length}</Badge>
                {may && (
                  <Button
                    size="compact-sm"
                    variant="light"
                    onClick={() => {
                      setTeaching(middle.message_id);
                    }}
                  >
                    Say what it means
                  </Button>
                )}
              </div>
            </div>
            <details>
              <summary>{others.length} more like it</summary>
              <ul className="quiet">
                {others.slice(0, 30).map((one) => (
                  <li key={one.message_id}>{one.text}</li>
                ))}
              </ul>
            </details>
            {teaching === middle.message_id && (
              <CorrectionForm
                text={middle.text}
                path={`conversations/${encodeURIComponent(middle.conversation_id)}/messages/${encodeURIComponent(middle.message_id)}/meaning`}
                intent=""
                entities={[]}
                close={() => {
                  setTeaching(null);
                }}
              />
            )}
          </article>
        );
      })}
    </>
  );
}

function TrainingData() {
  const intents = useIntents();
  const [intent, setIntent] = useState<string | null>(null);
  if (intents.error) return <Failure error={intents.error} retry={() => void intents.refetch()} />;
  if (!intents.data) return <Loading lines={4} />;
  const rows = intents.data.intents;
  return (
    <div className="two">
      <ul className="picker" aria-label="Intents">
        {rows.map((row) => (
          <li key={row.intent}>
            <button
              type="button"
              aria-current={row.intent === intent ? "true" : undefined}
              onClick={() => {
                setIntent(row.intent);
              }}
            >
              {row.intent}
              <span className="quiet">
                {row.trained}
                {row.added > 0 && ` + ${row.added}`}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {intent === null ? (
        <Empty title="No intent is open">Pick one to read and add examples.</Empty>
      ) : (
        <Examples key={intent} intent={intent} />
      )}
    </div>
  );
}

function Examples({ intent }: { intent: string }) {
  const queries = useQueryClient();
  const may = useMay("annotate");
  const [text, setText] = useState("");
  const [adding, setAdding] = useState<string | null>(null);
  const examples = useQuery({
    queryKey: ["examples", intent],
    queryFn: () =>
      ask<{ trained: string[]; added: Correction[] }>("GET", `language/examples?intent=${encodeURIComponent(intent)}`),
  });
  const remove = useMutation({
    mutationFn: (id: number) => ask("DELETE", `language/corrections/${id}`),
    onSettled: () => queries.invalidateQueries(),
  });
  if (examples.error) return <Failure error={examples.error} retry={() => void examples.refetch()} />;
  if (!examples.data) return <Loading lines={4} />;
  const { added, trained } = examples.data;
  return (
    <div className="card">
      <h2>{words(intent)}</h2>
      {may &&
        (adding === null ? (
          <form
            className="pair"
            onSubmit={(event) => {
              event.preventDefault();
              if (text.trim()) setAdding(text.trim());
            }}
          >
            <Textarea
              aria-label="A new example"
              placeholder="A new example, in a shopper's words"
              rows={1}
              maxLength={2000}
              value={text}
              onChange={(event) => {
                setText(event.currentTarget.value);
              }}
            />
            <Button type="submit" variant="default">
              Add
            </Button>
          </form>
        ) : (
          <CorrectionForm
            text={adding}
            intent={intent}
            entities={[]}
            close={() => {
              setAdding(null);
              setText("");
            }}
          />
        ))}
      {remove.error && <Alert color="red">{remove.error.message}</Alert>}
      <ul className="examples">
        {added.map((one) => (
          <li key={one.correction_id}>
            <span>{one.text}</span>
            <Badge size="sm" radius="sm" variant="light" tt="none">
              {one.message_id === null ? "added" : "from a message"} by {one.author}
            </Badge>
            {may && (
              <Button
                size="compact-xs"
                variant="subtle"
                color="red"
                aria-label={`Take back: ${one.text}`}
                onClick={() => {
                  remove.mutate(one.correction_id);
                }}
              >
                Take back
              </Button>
            )}
          </li>
        ))}
        {trained.map((example, place) => (
          <li key={place} className="quiet">
            {example}
          </li>
        ))}
      </ul>
    </div>
  );
}
