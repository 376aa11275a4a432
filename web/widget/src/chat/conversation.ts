/** The conversation: messages that frames of the server and the shopper's own messages change. Pure functions from one state to the next. */

import type { BoughtTogether, Button, MessageFrame, MessageRating, Offer, Outcome, Sender, Shipment } from "./protocol";
import { wordsForError } from "../words/words";

export type Delivery = "pending" | "delivered" | "failed";

export type Message = {
  /** Stays the same when the server acknowledges the message, so that it does not flicker. */
  key: string;
  messageId: string | null;
  /** The server's order; null until the server has stored the message. */
  seq: number | null;
  from: Sender | "notice";
  text: string;
  createdAt: string;
  buttons: Button[];
  offer: Offer | null;
  outcome: Outcome | null;
  boughtTogether: BoughtTogether | null;
  shipments: Shipment[] | null;
  proof_form: { order_number: string } | null;
  rating: MessageRating;
  delivery: Delivery;
};

export type Conversation = {
  messages: readonly Message[];
  typing: boolean;
  /** Turns that are sent and not finished, by client_message_id. */
  openTurns: ReadonlySet<string>;
  /** Buttons pressed in this tab: token to the client_message_id of the press. A history says of other presses by `active`. */
  pressed: ReadonlyMap<string, string>;
};

export const EMPTY: Conversation = { messages: [], typing: false, openTurns: new Set(), pressed: new Map() };

/** Adds the shopper's text, or the title of the pressed button, before the server answers. */
export function withSent(
  conversation: Conversation,
  sent: { clientMessageId: string; text: string; createdAt: string; buttonToken?: string },
): Conversation {
  const message: Message = {
    ...blank(sent.clientMessageId, sent.createdAt),
    from: "shopper",
    text: sent.text,
    delivery: "pending",
  };
  const pressed = new Map(conversation.pressed);
  if (sent.buttonToken !== undefined) pressed.set(sent.buttonToken, sent.clientMessageId);
  return {
    ...conversation,
    messages: inOrder([...conversation.messages, message]),
    openTurns: new Set([...conversation.openTurns, sent.clientMessageId]),
    pressed,
  };
}

/** Marks a message as stored by the server; a copy from a history or an echo is dropped. */
export function withAck(
  conversation: Conversation,
  ack: { client_message_id: string; message_id: string; seq: number; text?: string },
): Conversation {
  const others = conversation.messages.filter(
    (message) => message.messageId !== ack.message_id || message.key === ack.client_message_id,
  );
  return {
    ...conversation,
    messages: inOrder(
      others.map((message) =>
        message.key === ack.client_message_id
          ? {
              ...message,
              messageId: ack.message_id,
              seq: ack.seq,
              text: ack.text ?? message.text,
              delivery: "delivered",
            }
          : message,
      ),
    ),
  };
}

/** Adds messages of the server; one that arrives again is shown once. */
export function withMessages(conversation: Conversation, frames: readonly MessageFrame[]): Conversation {
  const byId = new Map(frames.map((frame) => [frame.message_id, frame]));
  const kept = conversation.messages.map((message) => {
    const frame = message.messageId === null ? undefined : byId.get(message.messageId);
    if (frame === undefined) return message;
    byId.delete(frame.message_id);
    return { ...fromFrame(frame), key: message.key };
  });
  return { ...conversation, messages: inOrder([...kept, ...[...byId.values()].map(fromFrame)]) };
}

/** Adds the messages of a welcome. Known messages before a gap are dropped: they load again as the shopper scrolls up. */
export function withHistory(conversation: Conversation, frames: readonly MessageFrame[]): Conversation {
  const first = frames[0]?.seq ?? 0;
  const gap = first > cursorOf(conversation) + 1;
  const kept = gap ? conversation.messages.filter(({ seq }) => seq === null || seq >= first) : conversation.messages;
  return withMessages({ ...conversation, messages: kept }, frames);
}

/** The sequence number of the oldest message; null without any. Above 1 there are older ones on the server. */
export function firstSeq(conversation: Conversation): number | null {
  return conversation.messages.find((message) => message.seq !== null)?.seq ?? null;
}

export function withRating(conversation: Conversation, messageId: string, rating: MessageRating): Conversation {
  const messages = conversation.messages.map((message) =>
    message.messageId === messageId ? { ...message, rating } : message,
  );
  return { ...conversation, messages };
}

export function withTurnEnded(conversation: Conversation, clientMessageId: string | null): Conversation {
  const openTurns = new Set([...conversation.openTurns].filter((open) => open !== clientMessageId));
  return { ...conversation, openTurns, typing: false };
}

/** After a reconnect only unsent turns are open: those that the server acknowledged have ended meanwhile. */
export function withTurnsResumed(conversation: Conversation, unsent: readonly string[]): Conversation {
  return { ...conversation, openTurns: new Set(unsent), typing: false };
}

/**
 * Shows an error below the message it belongs to. A message that the server has not stored counts as not delivered; a
 * button that failed can be pressed again unless it was used before.
 */
export function withError(
  conversation: Conversation,
  error: { code: string; message: string; client_message_id: string | null },
  context: { key: string; createdAt: string; buttonToken?: string },
): Conversation {
  const notice: Message = {
    ...blank(context.key, context.createdAt),
    from: "notice",
    text: wordsForError(error.code, error.message),
  };
  // Another tab pressed the button first: there is nothing to send again.
  const relevant = conversation.messages.filter(
    (message) => error.code !== "button_used" || message.key !== error.client_message_id,
  );
  const messages = relevant.map((message) =>
    message.key === error.client_message_id && message.delivery === "pending"
      ? { ...message, delivery: "failed" as const }
      : message,
  );
  const pressed = new Map(conversation.pressed);
  if (context.buttonToken !== undefined && error.code !== "button_used") pressed.delete(context.buttonToken);
  return { ...conversation, messages: inOrder([...messages, notice]), pressed };
}

/**
 * The cursor to resume from: the last sequence number before the first gap, 0 without any. A gap means that a message
 * may be missing, so the server sends again from there; what is known already is recognised by its id. A long
 * conversation's history may begin after 1.
 */
export function cursorOf(conversation: Conversation): number {
  const seen = new Set(conversation.messages.map((message) => message.seq).filter((seq) => seq !== null));
  if (seen.size === 0) return 0;
  let cursor = Math.min(...seen);
  while (seen.has(cursor + 1)) cursor += 1;
  return cursor;
}

/** The shopper's answer to an offer, once the bot has confirmed it. */
export function outcomeOf(conversation: Conversation, decisionId: string): Outcome | null {
  return conversation.messages.find((message) => message.outcome?.decision_id === decisionId)?.outcome ?? null;
}

/**
 * Whether a button can be pressed. The buttons of an offer pause while a press is pending and end with the answer to the
 * offer, so that a shopper can ask why and then accept; any other choice is made once.
 */
export function isActive(conversation: Conversation, message: Message, button: Button): boolean {
  if (!button.active || conversation.pressed.has(button.button_token)) return false;
  const presses = message.buttons
    .map((other) => conversation.pressed.get(other.button_token))
    .filter((press) => press !== undefined);
  const offer = message.offer ?? repeatedOffer(conversation, message);
  if (offer !== null && outcomeOf(conversation, offer.decision_id) !== null) return false;
  if (message.offer !== null) return !presses.some((press) => conversation.openTurns.has(press));
  return presses.length === 0 && message.buttons.every((other) => other.active);
}

/** The earlier offer whose buttons a message repeats, such as the message with the reasons for the offer. */
function repeatedOffer(conversation: Conversation, message: Message): Offer | null {
  const repeats = (earlier: Message): boolean =>
    earlier.offer !== null &&
    message.buttons.every((button) => earlier.buttons.some((other) => other.title === button.title));
  const before = conversation.messages.slice(0, conversation.messages.indexOf(message));
  return before.findLast(repeats)?.offer ?? null;
}

function blank(key: string, createdAt: string): Message {
  return {
    key,
    messageId: null,
    seq: null,
    from: "bot",
    text: "",
    createdAt,
    buttons: [],
    offer: null,
    boughtTogether: null,
    shipments: null,
    proof_form: null,
    outcome: null,
    rating: null,
    delivery: "delivered",
  };
}

function fromFrame(frame: MessageFrame): Message {
  const { message_id, created_at } = frame;
  return {
    ...blank(message_id, created_at),
    ...frame,
    messageId: message_id,
    boughtTogether: frame.companions,
    rating: frame.thumb,
  };
}

/** Sorts by the server's order; what has no sequence number yet (unsent messages, notices) stays behind its neighbour. */
function inOrder(messages: Message[]): Message[] {
  let last = 0;
  const placed = messages.map((message, index) => {
    const pending = message.delivery === "pending";
    const seq = message.seq ?? (pending ? Number.POSITIVE_INFINITY : last);
    if (message.seq !== null) last = Math.max(last, message.seq);
    return { message, seq, index };
  });
  placed.sort((a, b) => (a.seq === b.seq ? a.index - b.index : a.seq - b.seq));
  return placed.map((entry) => entry.message);
}
