/** The launcher and the panel: everything the shopper sees of the widget. */

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";

import type { ChatClient, ChatState } from "./client";
import { Composer } from "./Composer";
import { ChatIcon, CloseIcon } from "./icons";
import { MessageView } from "./MessageView";
import { WORDS } from "./words";

const NEAR_BOTTOM_PX = 80;

export function Chat({ client, heading }: { client: ChatClient; heading: string }) {
  const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
  useEffect(
    () =>
      client.subscribe(() => {
        redraw(undefined);
      }),
    [client],
  );
  const input = useRef<HTMLTextAreaElement>(null);
  const launcher = useRef<HTMLButtonElement>(null);
  const { panelOpen } = client.state;

  const wasOpen = useRef(panelOpen);
  useEffect(() => {
    // The focus follows the shopper's own opening and closing; a panel that a reload reopened does not take it.
    if (panelOpen && !wasOpen.current) input.current?.focus();
    if (!panelOpen && wasOpen.current) launcher.current?.focus();
    wasOpen.current = panelOpen;
  }, [panelOpen]);

  return (
    <>
      <Panel client={client} heading={heading} input={input} />
      <button
        ref={launcher}
        type="button"
        class="launcher"
        aria-label={panelOpen ? WORDS.close : WORDS.open}
        aria-expanded={panelOpen}
        aria-controls="panel"
        onClick={() => {
          client.setPanelOpen(!panelOpen);
        }}
      >
        {panelOpen ? <CloseIcon /> : <ChatIcon />}
        {client.state.unread > 0 && (
          <span class="unread">
            <span aria-hidden="true">{client.state.unread}</span>
            <span class="for-reader">{WORDS.unread(client.state.unread)}</span>
          </span>
        )}
      </button>
    </>
  );
}

type PanelProps = { client: ChatClient; heading: string; input: RefObject<HTMLTextAreaElement | null> };

function Panel({ client, heading, input }: PanelProps) {
  const { panelOpen } = client.state;
  const close = (): void => {
    client.setPanelOpen(false);
  };
  return (
    <div
      id="panel"
      class="panel"
      role="dialog"
      aria-labelledby="heading"
      hidden={!panelOpen}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <header>
        <span class="mark">
          <ChatIcon />
        </span>
        <div>
          <h2 id="heading">{heading}</h2>
          <LinkLine state={client.state} />
        </div>
        <button type="button" class="plain" aria-label={WORDS.close} onClick={close}>
          <CloseIcon />
        </button>
      </header>
      <Log client={client} />
      <Composer client={client} input={input} />
    </div>
  );
}

function LinkLine({ state }: { state: ChatState }) {
  const { link } = state;
  const words =
    link.kind === "online"
      ? WORDS.online(state.customerId)
      : link.kind === "refused"
        ? WORDS.refused(link.reason)
        : link.kind === "offline"
          ? WORDS.offline
          : WORDS.connecting;
  return (
    <p class={`link-state ${link.kind}`} role="status">
      {words}
    </p>
  );
}

function Log({ client }: { client: ChatClient }) {
  const { conversation, panelOpen } = client.state;
  const log = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const last = conversation.messages.at(-1);
  useLayoutEffect(() => {
    // Who reads further up is not torn away by a new message; one's own message always shows.
    if (log.current !== null && (follows.current || last?.delivery === "pending")) {
      log.current.scrollTop = log.current.scrollHeight;
    }
  }, [conversation, panelOpen, last]);
  return (
    <div
      ref={log}
      class="log"
      role="log"
      aria-live="polite"
      aria-label={WORDS.log}
      tabIndex={0}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        follows.current = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
      }}
    >
      <article class="message from-bot" aria-label={WORDS.from.bot}>
        <p class="bubble">{WORDS.greeting}</p>
      </article>
      {conversation.messages.map((message) => (
        <MessageView key={message.key} client={client} message={message} />
      ))}
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
