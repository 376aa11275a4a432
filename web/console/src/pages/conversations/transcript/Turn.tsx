import { Badge, Button } from "@mantine/core";
import { memo, useState } from "react";
import type { Correction, Message, Named, Parse } from "../../../app/api";
import { useMay } from "@promobot/shared/session";
import { CorrectionForm } from "../../../components/CorrectionForm";
import { DecisionCard } from "./DecisionCard";
import { Marked } from "../Highlighted";
import { fullMoment, milliseconds, moment, percent, words } from "../../../components/format";

const SENDERS = { shopper: "Shopper", bot: "Bot", agent: "Shop team" };

interface TurnProps {
  message: Message;
  conversationId: string;
  correction: Correction | undefined;
  /** The engine decided after this message to offer nothing: there is no message of the bot to show that beside. */
  silent?: boolean | undefined;
  /** The words that were searched for, and whether this message was found by them. */
  search?: string | undefined;
  hit?: boolean;
}

/** One message, and beside it what stands behind it. */
export const Turn = memo(function Turn({ message, conversationId, correction, silent, search, hit }: TurnProps) {
  return (
    <article className="turn" data-from={message.from} data-seq={message.seq} data-hit={hit}>
      <div className="said">
        <div className="bubble">
          <Marked text={message.text} search={search} />
          {message.offer && (
            <div className="offer">
              <strong>{message.offer.title}</strong>
              <span className="quiet">{message.offer.terms}</span>
              <span className="quiet">
                {message.exposed_at ? `Shown ${fullMoment(message.exposed_at)}` : "Not seen by the shopper yet"}
              </span>
            </div>
          )}
          {message.buttons.length > 0 && (
            <div className="buttons">
              {message.buttons.map((title) => (
                <span key={title}>{title}</span>
              ))}
            </div>
          )}
        </div>
        <span className="quiet">
          {SENDERS[message.from]} · <time title={fullMoment(message.created_at)}>{moment(message.created_at)}</time>
          {message.state === "failed" && " · the bot failed"}
          {message.state === "received" && " · not answered yet"}
        </span>
      </div>
      <Behind message={message} conversationId={conversationId} correction={correction} silent={silent} />
    </article>
  );
});

function Behind({ message, conversationId, correction, silent = false }: TurnProps) {
  if (message.from === "shopper" && message.parse) {
    return (
      <div className="behind" role="group" aria-label="Behind the message">
        <Reading parse={message.parse} />
        <div className="facts">
          {message.actions?.map((action, place) => (
            <code key={`${place} ${action}`}>{action}</code>
          ))}
          {message.turn_ms !== null && <span className="quiet">{milliseconds(message.turn_ms)}</span>}
        </div>
        {!message.pressed && <Correcting message={message} conversationId={conversationId} correction={correction} />}
        {silent && message.decision_id !== null && <Decided id={message.decision_id} />}
      </div>
    );
  }
  if (message.decision_id === null || (message.offer === null && !silent)) return <div className="behind" />;
  return (
    <div className="behind" role="group" aria-label="Behind the offer">
      <Decided id={message.decision_id} open={!silent} />
    </div>
  );
}

/** The decision, behind a button. */
function Decided({ id, open: atFirst = false }: { id: string; open?: boolean }) {
  const [open, setOpen] = useState(atFirst);
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        {open ? "Hide the decision" : "Show the decision"}
      </Button>
      {open && <DecisionCard id={id} />}
    </>
  );
}

function Correcting({ message, conversationId, correction }: TurnProps) {
  const [open, setOpen] = useState(false);
  const may = useMay("annotate");
  return (
    <>
      {correction && (
        <Badge size="sm" radius="sm" color="teal" tt="none">
          means {words(correction.intent)}, says {correction.author}
        </Badge>
      )}
      {may && !open && (
        <Button
          size="compact-xs"
          variant="subtle"
          onClick={() => {
            setOpen(true);
          }}
        >
          Correct
        </Button>
      )}
      {open && (
        <CorrectionForm
          text={message.text}
          path={`conversations/${encodeURIComponent(conversationId)}/messages/${encodeURIComponent(message.message_id)}/meaning`}
          intent={correction?.intent ?? message.parse?.intent?.name ?? ""}
          entities={correction?.entities ?? marked(message)}
          close={() => {
            setOpen(false);
          }}
        />
      )}
    </>
  );
}

/** What the bot found in the text, where it says where. */
function marked(message: Message) {
  return (message.parse?.entities ?? []).flatMap(({ entity, start, end, value }) =>
    start !== undefined && end !== undefined && end <= message.text.length
      ? [{ entity, start, end, ...(value === message.text.slice(start, end) ? {} : { value: String(value) }) }]
      : [],
  );
}

function Reading({ parse }: { parse: Parse }) {
  const [whole, setWhole] = useState(false);
  const ranking = parse.intent_ranking?.length ? parse.intent_ranking : parse.intent ? [parse.intent] : [];
  const shown = whole ? ranking : ranking.slice(0, 1);
  return (
    <div className="reading">
      {shown.map((intent, place) => (
        <Ranked key={`${place} ${intent.name ?? ""}`} intent={intent} first={place === 0} />
      ))}
      {ranking.length > 1 && (
        <button
          type="button"
          className="plain quiet"
          aria-expanded={whole}
          onClick={() => {
            setWhole(!whole);
          }}
        >
          {whole ? "only the first" : `${ranking.length - 1} more intents`}
        </button>
      )}
      <div className="facts">
        {parse.sentiment?.name && (
          <Badge size="sm" radius="sm" variant="light" color={mood(parse.sentiment.name)} tt="none">
            {parse.sentiment.name}
          </Badge>
        )}
        {parse.entities?.map((entity, place) => (
          <Badge key={place} size="sm" radius="sm" variant="outline" color="gray" tt="none">
            {entity.entity}: {typeof entity.value === "string" ? entity.value : JSON.stringify(entity.value)}
          </Badge>
        ))}
      </div>
    </div>
  );
}

function Ranked({ intent, first }: { intent: Named; first: boolean }) {
  return (
    <div className="ranked" data-first={first}>
      <span>{words(intent.name ?? "none")}</span>
      <span className="bar">
        <span style={{ width: `${Math.round(intent.confidence * 100)}%` }} />
      </span>
      <span className="quiet">{percent(intent.confidence)}</span>
    </div>
  );
}

function mood(sentiment: string): string {
  if (/ang|neg/.test(sentiment)) return "red";
  return /pos|hap|glad/.test(sentiment) ? "teal" : "gray";
}
