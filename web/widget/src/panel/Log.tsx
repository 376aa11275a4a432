/** The conversation. Of a long one only the messages near the window are drawn. */

import { h } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import type { ChatClient } from "../chat/client";
import { firstSeq } from "../chat/conversation";
import { MessageView } from "./message/MessageView";
import { useWindow } from "./window";
import { WORDS } from "../words/words";

const NEAR_TOP_PX = 300;

export function Log({ client, takesProducts }: { client: ChatClient; takesProducts: boolean }) {
  const { conversation, panelOpen, loadingOlder } = client.state;
  const { messages } = conversation;
  const log = useRef<HTMLDivElement>(null);
  const last = messages.at(-1);
  const drawn = useWindow(
    log,
    messages.map((message) => message.key),
    panelOpen,
  );
  useLayoutEffect(() => {
    // The shopper's own message scrolls to the end; other messages leave the scroll position alone.
    if (last?.delivery === "pending") drawn.toEnd();
  }, [last?.key]);
  const loadOlder = (): void => {
    if (panelOpen && log.current !== null && log.current.scrollTop < NEAR_TOP_PX) client.loadOlder();
  };
  useLayoutEffect(loadOlder); // also without a scroll event, as at the top after a lost connection
  return (
    <div
      ref={log}
      class="log"
      role="log"
      aria-live="polite"
      aria-label={WORDS.log}
      tabIndex={0}
      onScroll={() => {
        drawn.onScroll();
        loadOlder();
      }}
    >
      {loadingOlder && <p class="older">{WORDS.older}</p>}
      {drawn.from === 0 && (firstSeq(conversation) ?? 1) <= 1 && (
        <article class="message from-bot" aria-label={WORDS.from.bot}>
          <p class="bubble">{WORDS.greeting}</p>
        </article>
      )}
      {messages.length === 0 && <Starters client={client} />}
      <Pad height={drawn.above} />
      {messages.slice(drawn.from, drawn.to).map((message) => (
        <MessageView key={message.key} client={client} message={message} takesProducts={takesProducts} />
      ))}
      <Pad height={drawn.below} />
      {conversation.typing && (
        <p class="typing">
          <span class="for-reader">{WORDS.typing}</span>
          <i />
          <i />
          <i />
        </p>
      )}
    </div>
  );
}

/** Fills the height of messages that are not drawn. An SVG takes it as an attribute: a shop's policy may forbid inline styles. */
function Pad({ height }: { height: number }) {
  return height > 0 ? <svg class="pad" width="1" height={height} aria-hidden="true" /> : null;
}

function Starters({ client }: { client: ChatClient }) {
  return (
    <div class="buttons" role="group" aria-label={WORDS.startersLabel}>
      {WORDS.starters.map((text) => (
        <button
          key={text}
          type="button"
          class="choice"
          onClick={() => {
            client.send(text);
          }}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
