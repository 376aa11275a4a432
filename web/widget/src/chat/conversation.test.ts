import { beforeAll, describe, expect, it } from "vitest";

import {
  EMPTY,
  cursorOf,
  isActive,
  withAck,
  firstSeq,
  withError,
  withHistory,
  withMessages,
  withSent,
  withTurnEnded,
  withTurnsResumed,
  type Conversation,
} from "./conversation";
import type { Button, MessageFrame } from "./protocol";
import { setLanguage } from "../words/words";
import ENGLISH from "../words/en";

beforeAll(() => {
  setLanguage("en", ENGLISH);
});

const AT = "2026-11-22T10:00:00Z";
const OFFER = {
  decision_id: "d-1",
  title: "15 % off",
  terms: "",
  ends_at: null,
  explanation: "",
  offer_id: "o-1",
  currency: null,
  products: [],
};

function frame(seq: number, more: Partial<MessageFrame> = {}): MessageFrame {
  return {
    type: "message",
    message_id: `m-${seq}`,
    seq,
    from: "bot",
    text: `text ${seq}`,
    created_at: AT,
    buttons: [],
    offer: null,
    companions: null,
    shipments: null,
    proof_form: null,
    outcome: null,
    thumb: null,
    ...more,
  };
}

const button = (title: string, active = true): Button => ({ title, button_token: `token-${title}`, active });
const texts = (conversation: Conversation): string[] => conversation.messages.map((message) => message.text);
const sent = (clientMessageId: string) => ({ clientMessageId, text: `own ${clientMessageId}`, createdAt: AT });

function activeTitles(conversation: Conversation, messageId: string): string[] {
  return conversation.messages
    .filter((message) => message.messageId === messageId)
    .flatMap((message) => message.buttons.filter((button) => isActive(conversation, message, button)))
    .map((button) => button.title);
}

describe("messages", () => {
  it("stand in the server's order, however they arrive", () => {
    expect(texts(withMessages(EMPTY, [frame(3), frame(1), frame(2)]))).toEqual(["text 1", "text 2", "text 3"]);
  });

  it("that arrive twice are shown once", () => {
    const once = withMessages(EMPTY, [frame(1)]);
    expect(withMessages(once, [frame(1), frame(2)]).messages).toHaveLength(2);
  });

  it("of one's own stay last until the server has given them a place, and keep their key", () => {
    let conversation = withSent(withMessages(EMPTY, [frame(1)]), sent("a"));
    conversation = withMessages(conversation, [frame(3)]);
    expect(texts(conversation)).toEqual(["text 1", "text 3", "own a"]);
    conversation = withAck(conversation, { client_message_id: "a", message_id: "m-2", seq: 2 });
    expect(texts(conversation)).toEqual(["text 1", "own a", "text 3"]);
    expect(conversation.messages[1]).toMatchObject({ key: "a", delivery: "delivered" });
  });

  it("stand as the log keeps them", () => {
    const conversation = withAck(withSent(EMPTY, sent("a")), {
      client_message_id: "a",
      message_id: "m-1",
      seq: 1,
      text: "j***@example.com",
    });
    expect(texts(conversation)).toEqual(["j***@example.com"]);
  });

  it("whose acknowledgement was lost are not doubled by the history", () => {
    let conversation = withSent(EMPTY, sent("a"));
    conversation = withMessages(conversation, [frame(1, { from: "shopper", text: "own a" })]);
    conversation = withAck(conversation, { client_message_id: "a", message_id: "m-1", seq: 1 });
    conversation = withAck(conversation, { client_message_id: "a", message_id: "m-1", seq: 1 });
    expect(texts(conversation)).toEqual(["own a"]);
  });
});

describe("the cursor", () => {
  it("is 0 at the beginning", () => {
    expect(cursorOf(EMPTY)).toBe(0);
  });

  it("stops before a gap, so that the missing message is sent again", () => {
    expect(cursorOf(withMessages(EMPTY, [frame(1), frame(2), frame(4)]))).toBe(2);
  });

  it("begins where a long conversation's history begins", () => {
    expect(cursorOf(withMessages(EMPTY, [frame(401), frame(402)]))).toBe(402);
  });

  it("does not count what the server has not stored", () => {
    expect(cursorOf(withSent(withMessages(EMPTY, [frame(1)]), sent("a")))).toBe(1);
  });
});

describe("a failed message", () => {
  const error = { code: "rate_limited", message: "", client_message_id: "a" };

  it("is marked, explained below, and stays where it was said", () => {
    let conversation = withSent(withMessages(EMPTY, [frame(1)]), sent("a"));
    conversation = withError(conversation, error, { key: "n", createdAt: AT });
    conversation = withMessages(conversation, [frame(2)]);
    expect(conversation.messages.map((message) => [message.from, message.delivery])).toEqual([
      ["bot", "delivered"],
      ["shopper", "failed"],
      ["notice", "delivered"],
      ["bot", "delivered"],
    ]);
  });

  it("counts as delivered when the server had stored it before the bot failed", () => {
    let conversation = withSent(EMPTY, sent("a"));
    conversation = withAck(conversation, { client_message_id: "a", message_id: "m-1", seq: 1 });
    conversation = withError(conversation, { ...error, code: "bot_unavailable" }, { key: "n", createdAt: AT });
    expect(conversation.messages[0]?.delivery).toBe("delivered");
    expect(texts(conversation)[1]).toBe("I cannot answer right now. Please try again in a moment.");
  });
});

describe("buttons", () => {
  const press = (conversation: Conversation, title: string) =>
    withSent(conversation, { ...sent(`press-${title}`), text: title, buttonToken: `token-${title}` });
  const choice = withMessages(EMPTY, [frame(1, { buttons: [button("return"), button("keep")] })]);
  const offer = withMessages(EMPTY, [
    frame(1, { offer: OFFER, buttons: [button("yes"), button("no"), button("why")] }),
  ]);

  it("of a choice end together with the first press", () => {
    expect(activeTitles(choice, "m-1")).toEqual(["return", "keep"]);
    expect(activeTitles(press(choice, "return"), "m-1")).toEqual([]);
  });

  it("of a choice made before the reload are at rest", () => {
    const reloaded = withMessages(EMPTY, [frame(1, { buttons: [button("return", false), button("keep")] })]);
    expect(activeTitles(reloaded, "m-1")).toEqual([]);
  });

  it("of an offer rest while a press is under way, and come back after a question", () => {
    const pressed = press(offer, "why");
    expect(activeTitles(pressed, "m-1")).toEqual([]);
    expect(activeTitles(withTurnEnded(pressed, "press-why"), "m-1")).toEqual(["yes", "no"]);
  });

  it("of an offer come back when the connection broke under the question", () => {
    expect(activeTitles(withTurnsResumed(press(offer, "why"), []), "m-1")).toEqual(["yes", "no"]);
  });

  it("of an offer end with its outcome, also one given in words", () => {
    const outcome = { decision_id: "d-1", outcome: "declined", code: null, code_expires_at: null };
    expect(activeTitles(withMessages(offer, [frame(2, { outcome })]), "m-1")).toEqual([]);
  });

  it("that repeat an offer's yes under its reasons end with its outcome; a menu between them does not", () => {
    const outcome = { decision_id: "d-1", outcome: "accepted", code: "K7QF", code_expires_at: null };
    const again = { title: "yes", button_token: "token-yes-again", active: true };
    const explained = withMessages(offer, [frame(2, { buttons: [again] }), frame(3, { buttons: [button("track")] })]);
    expect(activeTitles(explained, "m-2")).toEqual(["yes"]);
    const answered = withMessages(explained, [frame(4, { outcome })]);
    expect(activeTitles(answered, "m-2")).toEqual([]);
    expect(activeTitles(answered, "m-3")).toEqual(["track"]);
  });

  it("can be pressed again after a failure, unless they were used", () => {
    const context = { key: "n", createdAt: AT, buttonToken: "token-return" };
    const failed = (code: string) =>
      withError(press(choice, "return"), { code, message: "", client_message_id: "press-return" }, context);
    expect(activeTitles(failed("rate_limited"), "m-1")).toEqual(["return", "keep"]);
    expect(activeTitles(failed("button_used"), "m-1")).toEqual([]);
  });
});

describe("history", () => {
  const seqs = (conversation: Conversation): (number | null)[] => conversation.messages.map((message) => message.seq);
  const known = withMessages(EMPTY, [frame(1), frame(2)]);

  it("that follows on what is known is added to it", () => {
    expect(seqs(withHistory(known, [frame(3), frame(4)]))).toEqual([1, 2, 3, 4]);
  });

  it("after a gap stands alone, so that paging back closes the gap", () => {
    const back = withHistory(withSent(known, sent("a")), [frame(101), frame(102)]);
    expect(seqs(back)).toEqual([101, 102, null]);
    expect(firstSeq(back)).toBe(101);
  });
});

it("a press that another tab was faster with leaves a notice and nothing to send again", () => {
  const pressed = withSent(EMPTY, { ...sent("a"), buttonToken: "token" });
  const error = { code: "button_used", message: "Used.", client_message_id: "a" };
  const after = withError(pressed, error, { key: "n", createdAt: AT, buttonToken: "token" });
  expect(after.messages.map((message) => message.from)).toEqual(["notice"]);
});
