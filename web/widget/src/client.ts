/**
 * One shopper's chat: the conversation, the queue of what is not delivered yet, and the reports of offers seen.
 * It knows no DOM; the views subscribe to its state.
 */

import {
  EMPTY,
  cursorOf,
  isActive,
  withAck,
  withError,
  withMessages,
  withSent,
  withTurnEnded,
  withTurnsResumed,
  type Conversation,
  type Message,
} from "./conversation";
import { Link, type Identity, type LinkState, type Network, type Session } from "./link";
import type { Memory, Unsent } from "./memory";
import type { Button, ServerFrame } from "./protocol";

export type ChatState = {
  link: LinkState;
  customerId: string | null;
  conversation: Conversation;
  panelOpen: boolean;
  unread: number;
};

export class ChatClient {
  state: ChatState = {
    link: { kind: "idle" },
    customerId: null,
    conversation: EMPTY,
    panelOpen: false,
    unread: 0,
  };

  private conversationId: string | null = null;
  private session: Session | null = null;
  private unsent: Unsent[] = [];
  private readonly exposed = new Set<string>();
  /** Reported, but not yet proved to have arrived by a later pong. */
  private exposuresInFlight = new Set<string>();
  private readonly listeners = new Set<() => void>();
  private readonly link: Link;

  constructor(
    server: string,
    identity: Identity,
    private readonly memory: Memory,
    network: Network,
  ) {
    const remembered = memory.read();
    if (remembered !== null) {
      this.conversationId = remembered.conversationId;
      this.session = { token: remembered.token, expiresAt: remembered.tokenExpiresAt };
      this.unsent = remembered.unsent;
      this.state.panelOpen = remembered.panelOpen;
      for (const entry of this.unsent) this.state.conversation = withSent(this.state.conversation, entry);
    }
    this.link = new Link(server, identity, this.session, network, {
      greeting: () => ({ conversationId: this.conversationId, afterSeq: cursorOf(this.state.conversation) }),
      onState: (link) => {
        const { conversation } = this.state;
        this.change(link.kind === "online" ? { link } : { link, conversation: { ...conversation, typing: false } });
      },
      onFrame: (frame) => {
        this.receive(frame);
      },
      onSession: (session) => {
        this.session = session;
        if (this.conversationId !== null) this.remember();
      },
      onConversationRefused: () => {
        this.conversationId = null;
        this.change({ conversation: this.unsent.reduce(withSent, EMPTY) });
      },
    });
    if (remembered !== null) this.link.connect(); // an earlier page view began to chat: go on with it
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Opening for the first time is what connects: who never opens the chat costs the shop nothing. */
  setPanelOpen(panelOpen: boolean): void {
    this.change(panelOpen ? { panelOpen, unread: 0 } : { panelOpen });
    if (panelOpen && this.state.link.kind === "idle") this.link.connect();
    this.remember();
  }

  /** Text of white space only is not sent. */
  send(text: string): void {
    const trimmed = text.trim();
    if (trimmed !== "") this.dispatch({ ...stamp(), text: trimmed });
  }

  press(message: Message, button: Button): void {
    if (!isActive(this.state.conversation, message, button)) return;
    this.dispatch({ ...stamp(), text: button.title, buttonToken: button.button_token });
  }

  /** The shopper has really seen this offer; told to the server once. */
  reportExposure(messageId: string): void {
    if (this.exposed.has(messageId)) return;
    this.exposed.add(messageId);
    this.exposuresInFlight.add(messageId);
    this.flushExposures();
  }

  reconnect(): void {
    if (this.state.link.kind === "offline") this.link.connect();
  }

  close(): void {
    this.link.close();
    this.listeners.clear();
  }

  private dispatch(entry: Unsent): void {
    this.unsent.push(entry);
    this.change({ conversation: withSent(this.state.conversation, entry) });
    this.remember();
    this.deliver(entry);
    if (this.state.link.kind === "idle") this.link.connect();
  }

  private deliver(entry: Unsent): void {
    const client_message_id = entry.clientMessageId;
    this.link.send(
      entry.buttonToken === undefined
        ? { type: "message", client_message_id, text: entry.text }
        : { type: "button", client_message_id, button_token: entry.buttonToken },
    );
  }

  private flushExposures(): void {
    for (const message_id of this.exposuresInFlight) this.link.send({ type: "exposed", message_id });
    if (this.exposuresInFlight.size > 0) this.link.send({ type: "ping" });
  }

  private receive(frame: ServerFrame): void {
    const { conversation } = this.state;
    switch (frame.type) {
      case "welcome":
        this.conversationId = frame.conversation_id;
        this.change({
          customerId: frame.customer_id,
          conversation: withTurnsResumed(
            withMessages(conversation, frame.history),
            this.unsent.map((entry) => entry.clientMessageId),
          ),
        });
        this.remember();
        this.unsent.forEach((entry) => {
          this.deliver(entry);
        });
        this.flushExposures();
        break;
      case "ack":
        this.settle(frame.client_message_id);
        this.change({ conversation: withAck(conversation, frame) });
        break;
      case "message": {
        const isNew = !conversation.messages.some((message) => message.messageId === frame.message_id);
        const counts = isNew && frame.from !== "shopper" && !this.state.panelOpen;
        this.change({
          conversation: withMessages(conversation, [frame]),
          unread: this.state.unread + (counts ? 1 : 0),
        });
        break;
      }
      case "typing":
        this.change({ conversation: { ...conversation, typing: frame.on } });
        break;
      case "turn_end":
        this.change({ conversation: withTurnEnded(conversation, frame.client_message_id) });
        break;
      case "error":
        this.fail(frame);
        break;
      case "pong":
        this.exposuresInFlight = new Set();
        break;
    }
  }

  private fail(frame: ServerFrame & { type: "error" }): void {
    const entry = this.unsent.find((unsent) => unsent.clientMessageId === frame.client_message_id);
    if (frame.client_message_id !== null) this.settle(frame.client_message_id);
    const { clientMessageId: key, createdAt } = stamp();
    const context = entry?.buttonToken === undefined ? {} : { buttonToken: entry.buttonToken };
    this.change({ conversation: withError(this.state.conversation, frame, { key, createdAt, ...context }) });
  }

  /** The server has answered for this message: it is not sent again. */
  private settle(clientMessageId: string): void {
    this.unsent = this.unsent.filter((entry) => entry.clientMessageId !== clientMessageId);
    this.remember();
  }

  private remember(): void {
    if (this.session === null) return; // nothing to come back to yet
    this.memory.write({
      conversationId: this.conversationId,
      token: this.session.token,
      tokenExpiresAt: this.session.expiresAt,
      panelOpen: this.state.panelOpen,
      unsent: this.unsent,
    });
  }

  private change(changes: Partial<ChatState>): void {
    this.state = { ...this.state, ...changes };
    this.listeners.forEach((listener) => {
      listener();
    });
  }
}

function stamp(): { clientMessageId: string; createdAt: string } {
  return { clientMessageId: randomUuid(), createdAt: new Date().toISOString() };
}

/** crypto.randomUUID exists on secure pages only; a shop tried over plain HTTP in a home network has the random bytes at least. */
function randomUuid(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40; // version 4
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80; // variant of RFC 9562
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
