/**
 * The connection to the gateway: a session token, and a WebSocket that reconnects on its own and notices when the server is silent.
 * Errors: LinkRefused where a retry would not help; everything else is retried.
 */

import type { Identity } from "../loader/owner";
import { parseFrame, type ClientFrame, type ServerFrame } from "./protocol";

export type Session = { token: string; expiresAt: string };

export type LinkState =
  | { kind: "idle" }
  | { kind: "connecting" }
  | { kind: "online" }
  | { kind: "offline" }
  | { kind: "refused"; reason: string };

/** The part of the browser's network that the link uses. */
export type Network = {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  openSocket: (url: string) => WebSocket;
  random: () => number;
};

export type Greeting = { conversationId: string | null; afterSeq: number; earlierToken: string | null };

export type LinkEvents = {
  /** Read at every connect, because the cursor moves. */
  greeting: () => Greeting;
  onState: (state: LinkState) => void;
  onFrame: (frame: ServerFrame) => void;
  onSession: (session: Session) => void;
  /** The server refuses this conversation; the next hello requests a new one. */
  onConversationRefused: () => void;
};

export class LinkRefused extends Error {}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
const WELCOME_WITHIN_MS = 10_000;
const PING_EVERY_MS = 20_000;
const PONG_WITHIN_MS = 10_000;

/**
 * How long to wait before attempt number `attempt` (from 0), in milliseconds. Half of it is random, so that the shoppers of a
 * restarted server do not reconnect all at once.
 */
export function retryDelay(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
  return longest / 2 + (longest / 2) * random;
}

export class Link {
  #state: LinkState = { kind: "idle" };
  #socket: WebSocket | null = null;
  #attempt = 0;
  #refusals = 0;
  #closed = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly server: string,
    private readonly identity: Identity,
    private session: Session | null,
    private readonly network: Network,
    private readonly events: LinkEvents,
  ) {}

  /** Connects now: at the start, and when the browser says that the network is back. No effect while connected. */
  connect(): void {
    if (this.#closed || this.#state.kind === "connecting" || this.#state.kind === "online") return;
    clearTimeout(this.#retryTimer);
    this.#enter({ kind: "connecting" });
    this.#open().catch((error: unknown) => {
      if (this.#closed) return;
      if (error instanceof LinkRefused) this.#enter({ kind: "refused", reason: error.message });
      else this.#lose(); // the network failed: no answer, a broken answer or a 5xx
    });
  }

  /** Takes over the session of another tab. */
  adoptSession(session: Session): void {
    this.session = session;
  }

  /** Disconnects and drops the session; the next connect begins a new one. */
  pause(): void {
    this.#drop();
    this.session = null;
    this.#enter({ kind: "idle" });
  }

  /** Reconnects at once, with another greeting. */
  restart(): void {
    this.#drop();
    this.#state = { kind: "idle" };
    this.connect();
  }

  /** Whether the frame left. After a false the caller keeps it for the next welcome. */
  send(frame: ClientFrame): boolean {
    if (this.#state.kind !== "online" || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  async #open(): Promise<void> {
    const session = await this.#currentSession();
    if (this.#closed) return;
    const socket = this.network.openSocket(`${this.server.replace(/^http/, "ws")}/ws`);
    this.#socket = socket;
    socket.onopen = () => {
      const { conversationId, afterSeq, earlierToken } = this.events.greeting();
      const hello: ClientFrame = {
        type: "hello",
        token: session.token,
        conversation_id: conversationId,
        after_seq: afterSeq,
        earlier_token: earlierToken,
      };
      socket.send(JSON.stringify(hello));
    };
    socket.onmessage = (event: MessageEvent) => {
      if (socket === this.#socket && typeof event.data === "string") this.#receive(event.data);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lose();
    };
    this.#expectFrame(WELCOME_WITHIN_MS);
  }

  async #currentSession(): Promise<Session> {
    if ("token" in this.identity) return this.#adopt({ token: this.identity.token, expiresAt: "" });
    if (this.session !== null && Date.parse(this.session.expiresAt) > Date.now()) return this.session;
    const response = await this.network.fetch(`${this.server}/api/session`, {
      method: "POST",
      // Plain text needs no CORS preflight on a shop of another origin. The old token keeps an anonymous shopper the same.
      headers: { "Content-Type": "text/plain" },
      credentials: "omit",
      body: JSON.stringify({ household_id: this.identity.household, renew: this.session?.token ?? null }),
    });
    const body = (await response.json()) as { token?: string; expires_at?: string; message?: string };
    if (response.status >= 400 && response.status < 500 && response.status !== 429) {
      throw new LinkRefused(body.message ?? `the shop answered ${response.status}`);
    }
    if (!response.ok || body.token === undefined) throw new Error(`session: ${response.status}`);
    return this.#adopt({ token: body.token, expiresAt: body.expires_at ?? "" });
  }

  #adopt(session: Session): Session {
    this.session = session;
    this.events.onSession(session);
    return session;
  }

  #receive(wire: string): void {
    const frame = parseFrame(wire);
    if (this.#state.kind === "online") this.#schedulePing();
    if (frame === null) return;
    if (frame.type === "welcome") {
      this.#attempt = 0;
      this.#refusals = 0;
      this.#enter({ kind: "online" });
      this.#schedulePing();
    } else if (frame.type === "error" && this.#state.kind === "connecting") {
      this.#refuse(frame.message);
      return;
    }
    this.events.onFrame(frame);
  }

  /** After a refused hello: first a fresh token, then a new conversation, then a message to the shopper. */
  #refuse(reason: string): void {
    this.#refusals += 1;
    if (this.session !== null) this.session = { ...this.session, expiresAt: "" };
    if (this.#refusals === 2) this.events.onConversationRefused();
    if (this.#refusals <= 2) {
      this.#lose();
      return;
    }
    this.#drop();
    this.#enter({ kind: "refused", reason });
  }

  #lose(): void {
    this.#drop();
    if (this.#closed) return;
    this.#enter({ kind: "offline" });
    const delay = retryDelay(this.#attempt, this.network.random());
    this.#attempt += 1;
    this.#retryTimer = setTimeout(() => {
      this.connect();
    }, delay);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#timer);
    clearTimeout(this.#retryTimer);
    // The browser reports an error when a connecting socket is closed.
    const close = () => socket?.close();
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = close;
    else close();
  }

  #enter(state: LinkState): void {
    this.#state = state;
    this.events.onState(state);
  }

  /** A socket may die without closing, as in a lost radio cell: no answer to a ping counts as a lost connection. */
  #schedulePing(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.send({ type: "ping" });
      this.#expectFrame(PONG_WITHIN_MS);
    }, PING_EVERY_MS);
  }

  #expectFrame(withinMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#lose();
    }, withinMs);
  }
}
