import { ActionIcon, Alert, Badge, Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { ask, type Conversation, type Digest } from "../../../app/api";
import { useMay, useMyName } from "@promobot/shared/session";
import { fullMoment } from "../../../components/format";
import { FlagIcon } from "../../../components/icons";
import { Failure, Loading } from "../../../components/states";
import { EARLIER, useTranscript } from "./useTranscript";
import { Turns } from "./Turns";

interface Props {
  id: string;
  at: number | null;
  search: string | undefined;
  /** Of the list, which small windows show instead of the conversation. */
  query: string;
}

/** One conversation with everything behind it; `at` is the seq of a message that was searched for. */
export function Transcript({ id, at, search, query }: Props) {
  const transcript = useTranscript(id, at);
  const { conversation, error } = transcript;
  if (error && !conversation) return <Failure error={error} retry={transcript.retry} />;
  if (!conversation) return <Loading lines={6} />;
  return (
    <section className="transcript" aria-label="Conversation">
      <Head conversation={conversation} query={query} />
      <Turns transcript={transcript} corrections={conversation.corrections} id={id} at={at} search={search} />
      {conversation.more_after && (
        <p className="notice">
          Later messages follow. <Link to={`/conversations/${encodeURIComponent(id)}`}>Go to the newest</Link>
        </p>
      )}
      <Takeover conversation={conversation} />
    </section>
  );
}

/** A change of this conversation; afterwards everything that shows it is read again. */
function useChange(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: { method: "POST" | "PUT" | "DELETE"; path: string; body?: unknown }) =>
      ask(method, `conversations/${encodeURIComponent(id)}/${path}`, body),
    onSettled: async () => {
      await queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== EARLIER });
    },
  });
}

function Head({ conversation, query }: { conversation: Conversation; query: string }) {
  const { digest } = conversation;
  const mayAnnotate = useMay("annotate");
  const mayExport = useMay("export");
  const change = useChange(digest.conversation_id);
  return (
    <header className="transcript-head">
      <div className="transcript-title">
        <div>
          <Link to={`/conversations${query ? `?${query}` : ""}`} className="back">
            ← All conversations
          </Link>
          <h2>{conversation.customer_id === null ? "Stranger" : `Customer ${conversation.customer_id}`}</h2>
          <span className="quiet">
            {digest.conversation_id} · {digest.channel} · began {fullMoment(digest.started_at)} · {digest.message_count}{" "}
            messages
          </span>
        </div>
        <ActionIcon
          variant={digest.flagged ? "filled" : "default"}
          color="red"
          size="lg"
          disabled={!mayAnnotate}
          aria-label={digest.flagged ? "Take the flag off" : "Flag"}
          aria-pressed={digest.flagged}
          onClick={() => {
            change.mutate({ method: "PUT", path: "flag", body: { flagged: !digest.flagged } });
          }}
        >
          <FlagIcon />
        </ActionIcon>
      </div>
      <div className="tags">
        <Assignee digest={digest} change={change.mutate} />
        {mayExport && (
          <Button
            component="a"
            size="compact-xs"
            variant="subtle"
            href={`/admin/api/conversations/${encodeURIComponent(digest.conversation_id)}/story.yml`}
            download
          >
            Save as test story
          </Button>
        )}
        {digest.facets.tag.map((tag) => (
          <Badge
            key={tag}
            variant="light"
            color="blue"
            radius="sm"
            tt="none"
            rightSection={
              mayAnnotate && (
                <button
                  type="button"
                  className="plain"
                  aria-label={`Remove the tag ${tag}`}
                  onClick={() => {
                    change.mutate({ method: "DELETE", path: `tags/${encodeURIComponent(tag)}` });
                  }}
                >
                  ×
                </button>
              )
            }
          >
            {tag}
          </Badge>
        ))}
        {mayAnnotate && (
          <AddLine
            label="Add a tag"
            maxLength={40}
            add={(tag) => {
              change.mutate({ method: "PUT", path: `tags/${encodeURIComponent(tag)}` });
            }}
          />
        )}
      </div>
      {conversation.notes.map((note) => (
        <p key={note.created_at} className="note">
          <strong>{note.author}</strong> <span className="quiet">{fullMoment(note.created_at)}</span>
          <br />
          {note.text}
        </p>
      ))}
      {mayAnnotate && (
        <AddLine
          label="Write a note for your colleagues"
          maxLength={4000}
          add={(text) => {
            change.mutate({ method: "POST", path: "notes", body: { text } });
          }}
        />
      )}
      {change.error && (
        <Alert color="red" role="alert">
          {change.error.message}
        </Alert>
      )}
    </header>
  );
}

/** Who looks after the conversation. */
function Assignee({
  digest,
  change,
}: {
  digest: Digest;
  change: (wanted: { method: "PUT"; path: string; body: unknown }) => void;
}) {
  const mayAnnotate = useMay("annotate");
  const colleagues = useQuery({
    queryKey: ["colleagues"],
    queryFn: () => ask<{ names: string[] }>("GET", "colleagues"),
    staleTime: 60_000,
  });
  const now = digest.facets.assigned[0] ?? "";
  const names = colleagues.data?.names ?? [];
  return (
    <NativeSelect
      size="xs"
      aria-label="Looked after by"
      disabled={!mayAnnotate}
      value={now}
      data={[
        { value: "", label: "Nobody looks after it" },
        ...(now && !names.includes(now) ? [now, ...names] : names).map((name) => ({
          value: name,
          label: `For ${name}`,
        })),
      ]}
      onChange={(event) => {
        change({ method: "PUT", path: "assignee", body: { name: event.currentTarget.value || null } });
      }}
    />
  );
}

function AddLine({ label, maxLength, add }: { label: string; maxLength: number; add: (text: string) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      className="add-line"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = text.trim();
        if (wanted) add(wanted);
        setText("");
      }}
    >
      <TextInput
        size="xs"
        aria-label={label}
        placeholder={label}
        maxLength={maxLength}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
      />
    </form>
  );
}

function Takeover({ conversation }: { conversation: Conversation }) {
  const { digest } = conversation;
  const may = useMay("take_over");
  const name = useMyName();
  const change = useChange(digest.conversation_id);
  const [text, setText] = useState("");
  if (!may) return null;
  const mine = digest.taken_by === name;
  const send = () => {
    if (!text.trim()) return;
    change.mutate(
      { method: "POST", path: "messages", body: { text } },
      {
        onSuccess: () => {
          setText("");
        },
      },
    );
  };
  return (
    <footer className="takeover">
      {change.error && (
        <Alert color="red" role="alert">
          {change.error.message}
        </Alert>
      )}
      {mine ? (
        <>
          <Textarea
            aria-label="Answer the shopper"
            placeholder="You answer instead of the bot. Enter sends."
            autosize={false}
            rows={2}
            maxLength={2000}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.shiftKey) {
                event.preventDefault();
                send();
              }
            }}
          />
          <Button loading={change.isPending} onClick={send}>
            Send
          </Button>
          <Button
            variant="default"
            onClick={() => {
              change.mutate({ method: "DELETE", path: "takeover" });
            }}
          >
            Hand back to the bot
          </Button>
        </>
      ) : digest.taken_by === null ? (
        <>
          <span className="quiet">The bot answers this conversation.</span>
          <Button
            variant="light"
            loading={change.isPending}
            onClick={() => {
              change.mutate({ method: "PUT", path: "takeover" });
            }}
          >
            Take over
          </Button>
        </>
      ) : (
        <>
          <span>{digest.taken_by} answers this conversation.</span>
          <Button
            variant="default"
            onClick={() => {
              change.mutate({ method: "DELETE", path: "takeover" });
            }}
          >
            Hand back to the bot
          </Button>
        </>
      )}
    </footer>
  );
}
