import { ActionIcon, Badge, Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { request, type Transcript, type ConversationSummary, tagsOf, type Colleagues } from "../../../app/api";
import { Choice, Text } from "../../../components/fields";
import { fullMoment } from "../../../components/values/format";
import { FlagIcon } from "../../../components/icons";
import { ErrorAlert } from "../../../components/states";
import { useChange } from "./useChange";

/** Customer, flag, assignee, tags and notes of a conversation. */
export function TranscriptHead({ conversation, query }: { conversation: Transcript; query: string }) {
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
          <h2>{conversation.customer_id === null ? "Anonymous customer" : `Customer ${conversation.customer_id}`}</h2>
          <span className="quiet">
            {digest.conversation_id} · {digest.channel} · started {fullMoment(digest.started_at)} ·{" "}
            {digest.message_count} messages
          </span>
        </div>
        <ActionIcon
          variant={digest.flagged ? "filled" : "default"}
          color="red"
          size="lg"
          disabled={!mayAnnotate}
          aria-label={digest.flagged ? "Remove the flag" : "Flag"}
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
        {tagsOf(digest).tag.map((tag) => (
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
      <ErrorAlert error={change.error} />
    </header>
  );
}

/** The colleague to whom the conversation is assigned. */
function Assignee({
  digest,
  change,
}: {
  digest: ConversationSummary;
  change: (change: { method: "PUT"; path: string; body: unknown }) => void;
}) {
  const mayAnnotate = useMay("annotate");
  const colleagues = useQuery({
    queryKey: ["colleagues"],
    queryFn: () => request<Colleagues>("GET", "colleagues"),
    staleTime: 60_000,
  });
  const assignee = tagsOf(digest).assigned[0] ?? "";
  const names = colleagues.data?.names ?? [];
  return (
    <Choice
      size="xs"
      aria-label="Assigned to"
      disabled={!mayAnnotate}
      value={assignee}
      data={[
        { value: "", label: "Unassigned" },
        ...(assignee && !names.includes(assignee) ? [assignee, ...names] : names).map((name) => ({
          value: name,
          label: `For ${name}`,
        })),
      ]}
      change={(name) => {
        change({ method: "PUT", path: "assignee", body: { name: name || null } });
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
        const trimmed = text.trim();
        if (trimmed) add(trimmed);
        setText("");
      }}
    >
      <Text size="xs" aria-label={label} placeholder={label} maxLength={maxLength} value={text} change={setText} />
    </form>
  );
}
