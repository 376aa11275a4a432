import { Badge } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { request, type UnsureText, type Inbox } from "../../app/api";
import { Choice } from "../../components/fields";
import { moment, percent, words } from "../../components/values/format";
import { Empty, Loaded } from "../../components/states";
import { SetIntentButton, SetIntentForm } from "./SetIntent";

/** Messages of shoppers that the bot was unsure of. */
export function InboxTab() {
  const [below, setBelow] = useState("0.6");
  const inbox = useQuery({
    queryKey: ["inbox", below],
    queryFn: () => request<Inbox>("GET", `language/inbox?below=${below}`),
  });
  return (
    <>
      <Choice
        className="narrow"
        label="Confidence below"
        value={below}
        data={["0.3", "0.5", "0.6", "0.8", "0.9"].map((value) => ({ value, label: percent(Number(value)) }))}
        change={setBelow}
      />
      <Loaded query={inbox} lines={5}>
        {({ messages }) =>
          messages.length === 0 ? (
            <Empty title="The inbox is empty">The bot was sure of every message without a correction.</Empty>
          ) : (
            <div className="list">
              {messages.map((text) => (
                <UnsureMessage key={text.message_id} text={text} />
              ))}
            </div>
          )
        }
      </Loaded>
    </>
  );
}

function UnsureMessage({ text }: { text: UnsureText }) {
  const [open, setOpen] = useState(false);
  return (
    <article className="card">
      <div className="unsure">
        <div>
          <p className="unsure-text">{text.text}</p>
          <span className="quiet">
            {moment(text.created_at)} ·{" "}
            <Link to={`/conversations/${encodeURIComponent(text.conversation_id)}`}>the conversation</Link>
          </span>
        </div>
        <div className="facts">
          {text.intent_ranking.map((intent, index) => (
            <Badge key={index} radius="sm" variant={index === 0 ? "light" : "outline"} color="gray" tt="none">
              {words(intent.name ?? "none")} {percent(intent.confidence)}
            </Badge>
          ))}
          {!open && (
            <SetIntentButton
              open={() => {
                setOpen(true);
              }}
            />
          )}
        </div>
      </div>
      {open && (
        <SetIntentForm
          text={text}
          intent={text.intent_ranking.find((intent) => intent.name !== "nlu_fallback")?.name ?? ""}
          close={() => {
            setOpen(false);
          }}
        />
      )}
    </article>
  );
}
