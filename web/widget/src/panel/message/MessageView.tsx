/** One message: a bubble, or an offer's card, with its buttons and its time. */

import type { ChatClient } from "../../chat/client";
import { timeLeft, timeOf } from "../../chat/clock";
import { CodeCard } from "./CodeCard";
import { isActive, type Message } from "../../chat/conversation";
import { CheckIcon, ThumbIcon } from "../icons";
import { OfferCard } from "./OfferCard";
import { Products } from "./Products";
import type { Thumb } from "../../chat/protocol";
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
  const { offer, outcome, companions } = message;
  // A card says all of an offer or a code; the sentence for channels without cards would only repeat it.
  const onCard = offer?.title ?? outcome?.code ?? "";
  const bubble = message.text !== "" && (onCard === "" || !message.text.includes(onCard));
  return (
    <article class={`message from-${message.from}`} aria-label={WORDS.from[message.from]} data-key={message.key}>
      {bubble && (
        <p class="bubble" dir="auto">
          {companions === null ? message.text : message.text.split("\n")[0]}
        </p>
      )}
      {companions !== null && <Products client={client} {...companions} takesProducts={takesProducts} />}
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
        // aria-disabled and not disabled: a button that disappears under the keyboard's focus takes the focus with it.
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
      {message.from !== "shopper" && <Thumbs client={client} message={message} />}
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

const THUMBS: Exclude<Thumb, null>[] = ["up", "down"];

function Thumbs({ client, message }: { client: ChatClient; message: Message }) {
  const { messageId } = message;
  if (messageId === null) return null;
  return (
    <span class="thumbs">
      {THUMBS.map((thumb) => (
        <button
          key={thumb}
          type="button"
          class={`thumb ${thumb}`}
          aria-label={WORDS[thumb]}
          aria-pressed={message.thumb === thumb}
          onClick={() => {
            client.rateMessage(messageId, message.thumb === thumb ? null : thumb);
          }}
        >
          <ThumbIcon />
        </button>
      ))}
    </span>
  );
}
