/** A message: a bubble or the card of an offer, with buttons and time. */

import { Fragment, h } from "preact";
import type { ChatClient } from "../../chat/client";
import { timeLeft, timeOf } from "../../chat/clock";
import { CodeCard } from "./CodeCard";
import { isActive, type Message } from "../../chat/conversation";
import { CheckIcon, ThumbIcon } from "../icons";
import { OfferCard } from "./OfferCard";
import { Parcel } from "./Parcel";
import { Products } from "./Products";
import { ProofForm } from "./ProofForm";
import type { MessageRating } from "../../chat/protocol";
import { LANGUAGE, WORDS } from "../../words/words";

type Props = { client: ChatClient; message: Message; takesProducts: boolean };

export function MessageView({ client, message, takesProducts }: Props) {
  if (message.from === "notice") {
    return (
      <p class="notice" data-key={message.key}>
        {message.text}
      </p>
    );
  }
  const { offer, outcome, boughtTogether, shipments, proof_form } = message;
  // The card shows the whole offer or code; the text, for channels without cards, would repeat it.
  const onCard = offer?.title ?? outcome?.code ?? "";
  const bubble = message.text !== "" && (onCard === "" || !message.text.includes(onCard));
  return (
    <article class={`message from-${message.from}`} aria-label={WORDS.from[message.from]} data-key={message.key}>
      {bubble && (
        <p class="bubble" dir="auto">
          {message.text
            .split("\n")
            .filter((line, number) =>
              shipments
                ? !shipments.some((parcel) => parcel.tracking_number && line.includes(parcel.tracking_number))
                : boughtTogether === null || number === 0,
            )
            .join("\n")}
        </p>
      )}
      {boughtTogether !== null && <Products client={client} {...boughtTogether} takesProducts={takesProducts} />}
      {shipments?.map((shipment, index) => (
        <Parcel key={index} {...shipment} />
      ))}
      {proof_form && client.state.conversation.messages.at(-1) === message && (
        <ProofForm client={client} {...proof_form} />
      )}
      {offer !== null && (
        <OfferCard client={client} message={message} offer={offer} takesProducts={takesProducts}>
          <Buttons client={client} message={message} />
        </OfferCard>
      )}
      {outcome?.code && (
        <CodeCard
          code={outcome.code}
          expiresAt={outcome.code_expires_at}
          applied={client.state.applied.has(outcome.decision_id)}
        />
      )}
      {offer === null && <Buttons client={client} message={message} />}
      <Footer client={client} message={message} />
    </article>
  );
}

function Buttons({ client, message }: { client: ChatClient; message: Message }) {
  if (message.buttons.length === 0) return null;
  const { conversation } = client.state;
  const endsAt = message.offer?.ends_at;
  const over = endsAt != null && timeLeft(endsAt, client.clock.now())?.over === true;
  return (
    <div class="buttons">
      {message.buttons.map((button) => {
        const active = !over && isActive(conversation, message, button);
        const chosen = conversation.pressed.has(button.button_token);
        // aria-disabled and not disabled: a focused button that becomes disabled loses the keyboard focus.
        return (
          <button
            key={button.button_token}
            type="button"
            class={chosen ? "choice chosen" : "choice"}
            aria-disabled={!active}
            onClick={() => {
              if (active) client.press(message, button);
            }}
          >
            {chosen && <CheckIcon />}
            {button.title}
            {chosen && <span class="for-reader"> ({WORDS.used})</span>}
          </button>
        );
      })}
    </div>
  );
}

function Footer({ client, message }: { client: ChatClient; message: Message }) {
  const time = timeOf(message.createdAt, client.clock.now(), LANGUAGE);
  const waiting = client.state.link.kind === "online" ? WORDS.sending : WORDS.waiting;
  return (
    <p class="meta">
      {message.from !== "shopper" && <RatingButtons client={client} message={message} />}
      <time dateTime={message.createdAt}>{time}</time>
      {message.delivery === "pending" && <span> · {waiting}</span>}
      {message.delivery === "failed" && (
        <>
          <span> · {WORDS.failed} · </span>
          <button
            type="button"
            class="link"
            onClick={() => {
              client.send(message.text);
            }}
          >
            {WORDS.sendAgain}
          </button>
        </>
      )}
    </p>
  );
}

const RATINGS: Exclude<MessageRating, null>[] = ["up", "down"];

function RatingButtons({ client, message }: { client: ChatClient; message: Message }) {
  const { messageId } = message;
  if (messageId === null) return null;
  return (
    <span class="ratings">
      {RATINGS.map((rating) => (
        <button
          key={rating}
          type="button"
          class={`rating ${rating}`}
          aria-label={WORDS[rating]}
          aria-pressed={message.rating === rating}
          onClick={() => {
            client.rateMessage(messageId, message.rating === rating ? null : rating);
          }}
        >
          <ThumbIcon />
        </button>
      ))}
    </span>
  );
}
