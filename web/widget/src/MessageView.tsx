/** One message: a bubble, or an offer's card, with its buttons and its time. */

import type { ChatClient } from "./client";
import { pageLanguage, timeOf } from "./clock";
import { CodeCard } from "./CodeCard";
import { isActive, type Message } from "./conversation";
import { CheckIcon } from "./icons";
import { OfferCard } from "./OfferCard";
import { WORDS } from "./words";

export function MessageView({ client, message }: { client: ChatClient; message: Message }) {
  if (message.from === "notice") return <p class="notice">{message.text}</p>;
  const { offer, outcome } = message;
  // A card says all of an offer or a code; the sentence for channels without cards would only repeat it.
  const onCard = offer?.title ?? outcome?.code ?? "";
  const bubble = message.text !== "" && (onCard === "" || !message.text.includes(onCard));
  return (
    <article class={`message from-${message.from}`} aria-label={WORDS.from[message.from]}>
      {bubble && (
        <p class="bubble" dir="auto">
          {message.text}
        </p>
      )}
      {offer !== null && (
        <OfferCard client={client} message={message} offer={offer}>
          <Buttons client={client} message={message} />
        </OfferCard>
      )}
      {outcome?.code && <CodeCard code={outcome.code} expiresAt={outcome.code_expires_at} />}
      {offer === null && <Buttons client={client} message={message} />}
      <Footer client={client} message={message} />
    </article>
  );
}

function Buttons({ client, message }: { client: ChatClient; message: Message }) {
  if (message.buttons.length === 0) return null;
  const { conversation } = client.state;
  return (
    <div class="buttons">
      {message.buttons.map((button) => {
        const active = isActive(conversation, message, button);
        const chosen = conversation.pressed.has(button.button_token);
        // aria-disabled and not disabled: a button that disappears under the keyboard's focus takes the focus with it.
        return (
          <button
            key={button.button_token}
            type="button"
            class={chosen ? "choice chosen" : "choice"}
            aria-disabled={!active}
            onClick={() => {
              client.press(message, button);
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
  const time = timeOf(message.createdAt, new Date(), pageLanguage());
  const waiting = client.state.link.kind === "online" ? WORDS.sending : WORDS.waiting;
  return (
    <p class="meta">
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
