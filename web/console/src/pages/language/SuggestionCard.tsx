import { Autocomplete, Badge, Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { request, type Meaning, type Suggestion } from "../../app/api";
import { FormActions } from "../../components/fields";
import { ErrorAlert } from "../../components/states";
import { moment } from "../../components/values/format";
import { nameOf, reasonOf } from "./suggestions";

/** A decision about a group: its meaning, or none to dismiss it, or to take the decision back. */
type Decision = { meaning: string } | "dismiss" | "undo";

/** One group: its messages, and the decision about them. */
export function SuggestionCard({ suggestion, meanings }: { suggestion: Suggestion; meanings: Meaning[] }) {
  const queries = useQueryClient();
  const may = useMay("annotate");
  const [choosing, setChoosing] = useState(false);
  const path = `language/suggestions/${suggestion.suggestion_id}`;
  const decide = useMutation({
    mutationFn: (decision: Decision) => {
      if (decision === "dismiss") return request("PUT", `${path}/dismissal`, {});
      if (decision === "undo") return request("DELETE", `${path}/decision`);
      return request("PUT", `${path}/acceptance`, decision);
    },
    onSettled: () => queries.invalidateQueries(),
  });
  const { proposed, chosen, texts, count } = suggestion;
  const [centre, ...others] = texts;
  return (
    <article className="card" aria-label={centre?.text}>
      <div className="unsure">
        <div>
          <p className="unsure-text">{centre?.text}</p>
          <span className="quiet">
            {centre && (
              <Link to={`/conversations/${encodeURIComponent(centre.conversation_id)}`}>the conversation</Link>
            )}
            {" · "}
            {suggestion.state === "open" ? reasonOf(suggestion) : decidedInWords(suggestion)}
          </span>
        </div>
        <div className="facts">
          <Badge radius="sm">{count}</Badge>
          {suggestion.state !== "open" && chosen && (
            <Badge radius="sm" variant="light" tt="none">
              {nameOf(chosen)}
            </Badge>
          )}
          {may && suggestion.state === "open" && (
            <>
              {proposed && (
                <Button
                  size="compact-sm"
                  loading={decide.isPending}
                  onClick={() => {
                    decide.mutate({ meaning: proposed.meaning });
                  }}
                >
                  Accept: {nameOf(proposed)}
                </Button>
              )}
              <Button
                size="compact-sm"
                variant="light"
                onClick={() => {
                  setChoosing(!choosing);
                }}
              >
                {proposed ? "Another meaning" : "Set the meaning"}
              </Button>
              <Button
                size="compact-sm"
                variant="subtle"
                color="gray"
                disabled={decide.isPending}
                onClick={() => {
                  decide.mutate("dismiss");
                }}
              >
                Dismiss
              </Button>
            </>
          )}
          {may && suggestion.state !== "open" && (
            <Button
              size="compact-sm"
              variant="default"
              loading={decide.isPending}
              onClick={() => {
                decide.mutate("undo");
              }}
            >
              Undo
            </Button>
          )}
        </div>
      </div>
      <ErrorAlert error={decide.error} />
      {others.length > 0 && (
        <details>
          <summary>{count - 1} more like it</summary>
          <ul className="quiet">
            {others.map((text) => (
              <li key={text.message_id}>{text.text}</li>
            ))}
          </ul>
        </details>
      )}
      {choosing && suggestion.state === "open" && (
        <MeaningForm
          meanings={meanings}
          saving={decide.isPending}
          save={(meaning) => {
            decide.mutate({ meaning });
          }}
          close={() => {
            setChoosing(false);
          }}
        />
      )}
    </article>
  );
}

function decidedInWords({ decided_by, decided_at }: Suggestion): string {
  return `${decided_by ?? ""}, ${decided_at === null ? "" : moment(decided_at)}`;
}

interface FormProps {
  meanings: Meaning[];
  saving: boolean;
  save: (meaning: string) => void;
  close: () => void;
}

/** Chooses among everything the bot can answer. */
function MeaningForm({ meanings, saving, save, close }: FormProps) {
  const [text, setText] = useState("");
  const found = meanings.find((meaning) => nameOf(meaning) === text);
  return (
    <form
      className="decision"
      aria-label="Meaning"
      onSubmit={(event) => {
        event.preventDefault();
        if (found) save(found.meaning);
      }}
    >
      <Autocomplete
        size="xs"
        label="What these messages mean"
        value={text}
        onChange={setText}
        data={[...new Set(meanings.map(nameOf))]}
        limit={12}
      />
      <FormActions save="Accept" saving={saving} cancel={close} disabled={!found} small />
    </form>
  );
}
