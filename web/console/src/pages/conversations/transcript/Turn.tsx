import { Badge, Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { memo, useState } from "react";
import type { Correction, TranscriptMessage, ScoredName, Parse } from "../../../app/api";
import { CorrectionForm } from "../../../components/CorrectionForm";
import { DecisionCard } from "./DecisionCard";
import { Highlighted } from "../Highlighted";
import { fullMoment, milliseconds, moment, percent, words } from "../../../components/values/format";

const SENDERS = { shopper: "Shopper", bot: "Bot", agent: "Shop team" };

interface TurnProps {
  message: TranscriptMessage;
  conversationId: string;
  correction: Correction | undefined;
  /** The engine made no offer after this message, so no message of the bot shows the decision. */
  noOffer?: boolean | undefined;
  /** The words of a search, and whether this message is the one that it found. */
  search?: string | undefined;
  hit?: boolean;
}

/** A message, and beside it how the bot understood it or why it made an offer. */
export const Turn = memo(function Turn({ message, conversationId, correction, noOffer, search, hit }: TurnProps) {
  return (
    <article className="turn" data-from={message.from} data-seq={message.seq} data-hit={hit}>
      <div className="said">
        <div className="bubble">
          <Highlighted text={message.text} search={search} />
          {message.offer && (
            <div className="offer">
              <strong>{message.offer.title}</strong>
              <span className="quiet">{message.offer.terms}</span>
              <span className="quiet">
                {message.exposed_at ? `Shown ${fullMoment(message.exposed_at)}` : "Not seen by the shopper yet"}
              </span>
            </div>
          )}
          {message.shipments?.map((parcel, index) => (
            <div className="offer" key={index}>
              <strong>
                Parcel of order {parcel.order_number}: {words(parcel.state)}
              </strong>
              <span>
                {parcel.carrier} {parcel.tracking_number}
              </span>
              {parcel.tracking_url && (
                <a href={parcel.tracking_url} target="_blank" rel="noopener noreferrer">
                  Track the parcel
                </a>
              )}
            </div>
          ))}
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
      <Background message={message} conversationId={conversationId} correction={correction} noOffer={noOffer} />
    </article>
  );
});

function Background({ message, conversationId, correction, noOffer = false }: TurnProps) {
  if (message.from === "shopper" && message.parse) {
    return (
      <div className="behind" role="group" aria-label="Behind the message">
        <ParseResult parse={message.parse} />
        <div className="facts">
          {message.actions?.map((action, index) => (
            <code key={`${index} ${action}`}>{action}</code>
          ))}
          {message.turn_ms !== null && <span className="quiet">{milliseconds(message.turn_ms)}</span>}
        </div>
        {!message.pressed && (
          <CorrectionToggle message={message} conversationId={conversationId} correction={correction} />
        )}
        {noOffer && message.decision_id !== null && <DecisionToggle id={message.decision_id} />}
      </div>
    );
  }
  if (message.decision_id === null || (message.offer === null && !noOffer)) return <div className="behind" />;
  return (
    <div className="behind" role="group" aria-label="Behind the offer">
      <DecisionToggle id={message.decision_id} open={!noOffer} />
    </div>
  );
}

/** The decision, behind a button. */
function DecisionToggle({ id, open: initially = false }: { id: string; open?: boolean }) {
  const [open, setOpen] = useState(initially);
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

function CorrectionToggle({ message, conversationId, correction }: TurnProps) {
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
          entities={correction?.entities ?? foundEntities(message)}
          close={() => {
            setOpen(false);
          }}
        />
      )}
    </>
  );
}

/** The entities that the bot found at a known position. */
function foundEntities(message: TranscriptMessage) {
  return (message.parse?.entities ?? []).flatMap(({ entity, start, end, value }) =>
    start != null && end != null && end <= message.text.length
      ? [{ entity, start, end, ...(value === message.text.slice(start, end) ? {} : { value: String(value) }) }]
      : [],
  );
}

/** How the bot understood the message: intents, sentiment, entities. */
function ParseResult({ parse }: { parse: Parse }) {
  const [all, setAll] = useState(false);
  const ranking = parse.intent_ranking?.length ? parse.intent_ranking : parse.intent ? [parse.intent] : [];
  const shown = all ? ranking : ranking.slice(0, 1);
  return (
    <div className="parse">
      {shown.map((intent, index) => (
        <Ranked key={`${index} ${intent.name ?? ""}`} intent={intent} first={index === 0} />
      ))}
      {ranking.length > 1 && (
        <button
          type="button"
          className="plain quiet"
          aria-expanded={all}
          onClick={() => {
            setAll(!all);
          }}
        >
          {all ? "Fewer intents" : `${ranking.length - 1} more intents`}
        </button>
      )}
      <div className="facts">
        {parse.sentiment?.name && (
          <Badge size="sm" radius="sm" variant="light" color={sentimentColor(parse.sentiment.name)} tt="none">
            {parse.sentiment.name}
          </Badge>
        )}
        {parse.entities?.map((entity, index) => (
          <Badge key={index} size="sm" radius="sm" variant="outline" color="gray" tt="none">
            {entity.entity}: {typeof entity.value === "string" ? entity.value : JSON.stringify(entity.value)}
          </Badge>
        ))}
      </div>
    </div>
  );
}

function Ranked({ intent, first }: { intent: ScoredName; first: boolean }) {
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

function sentimentColor(sentiment: string): string {
  if (/ang|neg/.test(sentiment)) return "red";
  return /pos|hap|glad/.test(sentiment) ? "teal" : "gray";
}
