import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Identity } from "../loader/owner";
import { Link, retryDelay, type LinkState, type Network, type Session } from "./link";
import type { ClientFrame, ServerFrame } from "./protocol";

/** The network's far end: keeps what was sent, and says what the test tells it to. */
class FarEnd {
  readyState: number = WebSocket.CONNECTING;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: ClientFrame[] = [];

  constructor(readonly url: string) {}

  send(wire: string): void {
    this.sent.push(JSON.parse(wire) as ClientFrame);
  }

  close(): void {
    this.readyState = WebSocket.CLOSED;
  }

  accept(): void {
    this.readyState = WebSocket.OPEN;
    this.onopen?.();
  }

  say(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  hangUp(): void {
    this.readyState = WebSocket.CLOSED;
    this.onclose?.();
  }
}

const WELCOME: ServerFrame = {
  type: "welcome",
  conversation_id: "c-1",
  customer_id: null,
  now: "2026-11-22T10:00:00Z",
  history: [],
  stars: null,
  handover: { state: "none", position: null },
};
const REFUSAL: ServerFrame = { type: "error", code: "invalid_token", message: "Not valid.", client_message_id: null };
const KNOWN: Session = { token: "known", expiresAt: "2099-01-01T00:00:00Z" };

let sockets: FarEnd[];
let states: LinkState[];
let sessionAnswers: (() => Response)[];
let askedFor: string[];
let refusedConversations: number;

function connect(session: Session | null = KNOWN, identity: Identity = { household: "1228" }): Link {
  const network: Network = {
    fetch: (_url, init) => {
      askedFor.push(init.body as string);
      const answer = sessionAnswers.shift();
      return answer === undefined ? Promise.reject(new TypeError("no network")) : Promise.resolve(answer());
    },
    openSocket: (url) => {
      const farEnd = new FarEnd(url);
      sockets.push(farEnd);
      return farEnd as unknown as WebSocket;
    },
    random: () => 1,
  };
  const link = new Link("http://shop.test", identity, session, network, {
    greeting: () => ({ conversationId: "c-1", afterSeq: 7, earlierToken: null }),
    onState: (state) => states.push(state),
    onFrame: () => undefined,
    onSession: () => undefined,
    onConversationRefused: () => (refusedConversations += 1),
  });
  link.connect();
  return link;
}

const answer = (status: number, body: object) => () => new Response(JSON.stringify(body), { status });
const fresh = answer(200, { token: "fresh", customer_id: "1228", expires_at: "2099-01-01T00:00:00Z" });
const last = <T>(items: T[]): T => items.at(-1) as T;
const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  [sockets, states, sessionAnswers, askedFor, refusedConversations] = [[], [], [], [], 0];
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the wait before a retry", () => {
  it("doubles up to 15 seconds, and half of it is drawn by lot", () => {
    expect([0, 1, 2, 10].map((attempt) => retryDelay(attempt, 1))).toEqual([500, 1000, 2000, 15000]);
    expect([0, 1, 2, 10].map((attempt) => retryDelay(attempt, 0))).toEqual([250, 500, 1000, 7500]);
  });
});

describe("the link", () => {
  it("greets with the token, the conversation and the cursor", async () => {
    connect();
    await settled();
    last(sockets).accept();
    last(sockets).say(WELCOME);
    expect(last(sockets).url).toBe("ws://shop.test/ws");
    expect(last(sockets).sent).toEqual([
      { type: "hello", token: "known", conversation_id: "c-1", after_seq: 7, earlier_token: null },
    ]);
    expect(states.map((state) => state.kind)).toEqual(["connecting", "online"]);
    expect(askedFor).toEqual([]);
  });

  it("asks for a session where it has none, or one that has expired", async () => {
    sessionAnswers = [fresh];
    connect({ token: "old", expiresAt: "2020-01-01T00:00:00Z" });
    await settled();
    last(sockets).accept();
    expect(askedFor).toEqual(['{"household_id":"1228","renew":"old"}']);
    expect(last(sockets).sent[0]).toMatchObject({ token: "fresh" });
  });

  it("greets with the shop's own token and never asks for another", async () => {
    connect(null, { token: "signed by the shop" });
    await settled();
    last(sockets).accept();
    expect(last(sockets).sent[0]).toMatchObject({ token: "signed by the shop" });
    last(sockets).say(REFUSAL);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(askedFor).toEqual([]);
  });

  it("comes back after a loss, later and later, and at once when the network is back", async () => {
    const link = connect();
    await settled();
    last(sockets).hangUp();
    await vi.advanceTimersByTimeAsync(500);
    expect(sockets).toHaveLength(2);
    last(sockets).hangUp();
    await vi.advanceTimersByTimeAsync(999);
    expect(sockets).toHaveLength(2);
    link.connect();
    await settled();
    expect(sockets).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sockets).toHaveLength(3);
  });

  it("keeps trying while the session cannot be had", async () => {
    sessionAnswers = [answer(503, {}), answer(429, {}), fresh];
    connect(null);
    await vi.advanceTimersByTimeAsync(500 + 1000);
    expect(sockets).toHaveLength(1);
    expect(askedFor).toHaveLength(3);
  });

  it("gives up with the server's reason when the household is unknown", async () => {
    sessionAnswers = [answer(404, { message: "There is no customer 1228." })];
    connect(null);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(last(states)).toEqual({ kind: "refused", reason: "There is no customer 1228." });
    expect(askedFor).toHaveLength(1);
  });

  it("answers a refused hello with a new token, then a new conversation, then gives up", async () => {
    sessionAnswers = [fresh, fresh];
    connect();
    for (const [hello, delay] of [0, 500, 1000].entries()) {
      await vi.advanceTimersByTimeAsync(delay);
      last(sockets).accept();
      last(sockets).say(REFUSAL);
      expect(refusedConversations).toBe(hello === 0 ? 0 : 1);
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(3);
    expect(last(states)).toEqual({ kind: "refused", reason: "Not valid." });
  });

  it("takes silence after a ping for the end of the connection", async () => {
    connect();
    await settled();
    last(sockets).accept();
    last(sockets).say(WELCOME);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(last(last(sockets).sent)).toEqual({ type: "ping" });
    last(sockets).say({ type: "pong" });
    await vi.advanceTimersByTimeAsync(29_999);
    expect(last(states).kind).toBe("online");
    await vi.advanceTimersByTimeAsync(1);
    expect(last(states).kind).toBe("offline");
  });

  it("does not wait for ever for a welcome", async () => {
    connect();
    await settled();
    last(sockets).accept();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(last(states).kind).toBe("offline");
  });

  it("closes a connection that is still being made only once it is made", async () => {
    const link = connect();
    await settled();
    const socket = last(sockets);
    const close = vi.spyOn(socket, "close");
    link.close();
    expect(close).not.toHaveBeenCalled();
    socket.accept();
    expect(close).toHaveBeenCalledOnce();
    expect(socket.sent).toEqual([]);
  });

  it("sends nothing before the welcome and nothing after it was closed", async () => {
    const link = connect();
    await settled();
    last(sockets).accept();
    expect(link.send({ type: "ping" })).toBe(false);
    last(sockets).say(WELCOME);
    expect(link.send({ type: "ping" })).toBe(true);
    link.close();
    expect(link.send({ type: "ping" })).toBe(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
  });
});
