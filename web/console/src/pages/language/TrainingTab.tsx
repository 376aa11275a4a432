import { Badge, Button, Textarea } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type Examples as ExampleLists } from "../../app/api";
import { CorrectionForm, useIntents } from "../../components/CorrectionForm";
import { words } from "../../components/values/format";
import { Empty, ErrorAlert, Loaded } from "../../components/states";

/** The examples of every intent, trained and added. */
export function TrainingTab() {
  const intents = useIntents();
  const [open, setOpen] = useState<string | null>(null);
  return (
    <Loaded query={intents} lines={4}>
      {({ intents: rows }) => (
        <div className="two">
          <ul className="picker" aria-label="Intents">
            {rows.map(({ intent, trained, added }) => (
              <li key={intent}>
                <button
                  type="button"
                  aria-current={intent === open ? "true" : undefined}
                  onClick={() => {
                    setOpen(intent);
                  }}
                >
                  {intent}
                  <span className="quiet">
                    {trained}
                    {added > 0 && ` + ${added}`}
                  </span>
                </button>
              </li>
            ))}
          </ul>
          {open === null ? (
            <Empty title="No intent is open">Select an intent to read and add examples.</Empty>
          ) : (
            <Examples key={open} intent={open} />
          )}
        </div>
      )}
    </Loaded>
  );
}

function Examples({ intent }: { intent: string }) {
  const queries = useQueryClient();
  const may = useMay("annotate");
  const examples = useQuery({
    queryKey: ["examples", intent],
    queryFn: () => request<ExampleLists>("GET", `language/examples?intent=${encodeURIComponent(intent)}`),
  });
  const remove = useMutation({
    mutationFn: (id: number) => request("DELETE", `language/corrections/${id}`),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Loaded query={examples} lines={4}>
      {({ added, trained }) => (
        <div className="card">
          <h2>{words(intent)}</h2>
          {may && <NewExample intent={intent} />}
          <ErrorAlert error={remove.error} />
          <ul className="examples">
            {added.map((example) => (
              <li key={example.correction_id}>
                <span>{example.text}</span>
                <Badge size="sm" radius="sm" variant="light" tt="none">
                  {example.message_id === null ? "added" : "from a message"} by {example.author}
                </Badge>
                {may && (
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    color="red"
                    aria-label={`Remove: ${example.text}`}
                    onClick={() => {
                      remove.mutate(example.correction_id);
                    }}
                  >
                    Remove
                  </Button>
                )}
              </li>
            ))}
            {trained.map((example, index) => (
              <li key={index} className="quiet">
                {example}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Loaded>
  );
}

/** First the text of an example, then its entities. */
function NewExample({ intent }: { intent: string }) {
  const [text, setText] = useState("");
  const [added, setAdded] = useState<string | null>(null);
  if (added !== null) {
    return (
      <CorrectionForm
        text={added}
        intent={intent}
        entities={[]}
        close={() => {
          setAdded(null);
          setText("");
        }}
      />
    );
  }
  return (
    <form
      className="pair"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) setAdded(text.trim());
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
  );
}
