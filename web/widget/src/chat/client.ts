/** One shopper's chat: the conversation and its connection. It knows no DOM; views subscribe to its state. */

import type { Identity } from "../loader/owner";
import { LANGUAGE, WORDS } from "../words/words";
import { ServerClock } from "./clock";
import {
  EMPTY,
  cursorOf,
  firstSeq,
  isActive,
  withAck,
  withError,
  withHistory,
  withMessages,
  withRating,
  withSent,
  withTurnEnded,
  withTurnsResumed,
  type Message,
} from "./conversation";
import { Link, type Network, type Session } from "./link";
import type { Memory, Unsent } from "./memory";
import { Outbox } from "./outbox";
import type { Button, MessageFrame, MessageRating, PageFrame, Product, ServerFrame } from "./protocol";
import { INITIAL_STATE, type ChatState } from "./state";

/** Dispatches an event on the page; false if the page called preventDefault(). */
export type Emit = (name: string, detail: object) => boolean;

const TEASER_LENGTH = 120; // characters
const OLDER_AGAIN_MS = 1000;

export class ChatClient {
  state: ChatState = { ...INITIAL_STATE };
  readonly clock = new ServerClock();
  /** The version of the consent text on the page; sending a message agrees to it. */
  consentVersion = "1";

  #conversationId: string | null = null;
  #session: Session | null = null;
  #earlierToken: string | null = null;
  /** What the page said last, by type; a new connection hears it again. */
  #page: Record<string, PageFrame> = {};
  #mayStore = false;
  #onTranscript: ((text: string) => void) | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #outbox: Outbox;
  readonly #link: Link;

  constructor(
    server: string,
    identity: Identity,
    private readonly memory: Memory,
    network: Network,
    private readonly emit: Emit = () => true,
    /** Of the anonymous shopper that this customer was before signing in. */
    private readonly anonymousMemory: Memory | null = null,
  ) {
    this.#outbox = new Outbox(memory, (frame) => this.#link.send(frame));
    const remembered = memory.read();
    if (remembered !== null) {
      this.#mayStore = true;
      this.#conversationId = remembered.conversationId;
      this.#session = { token: remembered.token, expiresAt: remembered.tokenExpiresAt };
      this.#outbox.restore();
      this.state.panelOpen = remembered.panelOpen;
      this.state.consentVersion = remembered.consentVersion;
      this.state.conversation = this.#outbox.unsent.reduce(withSent, EMPTY);
    } else this.#adoptAnonymousConversation();
    this.#link = new Link(server, identity, this.#session, network, {
      greeting: () => ({
        conversationId: this.#conversationId,
        afterSeq: cursorOf(this.state.conversation),
        earlierToken: this.#earlierToken,
      }),
      onState: (link) => {
        const { conversation } = this.state;
        this.#change(link.kind === "online" ? { link } : { link, conversation: { ...conversation, typing: false } });
      },
      onFrame: (frame) => {
        this.#receive(frame);
      },
      onSession: (session) => {
        this.#session = session;
        if (this.#conversationId !== null) this.#remember();
      },
      onConversationRefused: () => {
        this.#conversationId = null;
        this.#earlierToken = null;
        this.#change({ conversation: this.#outbox.unsent.reduce(withSent, EMPTY) });
      },
    });
    if (remembered !== null) this.#link.connect(); // an earlier page view began to chat: go on with it
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first opening connects: a shopper who never opens the chat costs the shop nothing. */
  setPanelOpen(panelOpen: boolean): void {
    if (panelOpen) this.#mayStore = true;
    this.#change(panelOpen ? { panelOpen, unread: 0, teaser: null } : { panelOpen });
    if (panelOpen) this.#connectIfIdle();
    this.#remember();
  }

  /** A text of white space only is not sent. */
  send(text: string): void {
    const trimmed = text.trim();
    if (trimmed !== "") this.#dispatch({ ...this.#stamp(), text: trimmed });
  }

  press(message: Message, button: Button): void {
    if (!isActive(this.state.conversation, message, button)) return;
    this.#dispatch({ ...this.#stamp(), text: button.title, buttonToken: button.button_token });
  }

  /** Requests the messages before the oldest one here. False if there are none, or if they are on their way. */
  loadOlder(): boolean {
    const first = firstSeq(this.state.conversation);
    if (first === null || first <= 1 || this.state.loadingOlder) return false;
    const sent = this.#link.send({ type: "history", before_seq: first });
    if (sent) this.#change({ loadingOlder: true });
    return sent;
  }

  rateMessage(messageId: string, rating: MessageRating): void {
    if (!this.#link.send({ type: "thumb", message_id: messageId, thumb: rating })) return;
    this.#change({ conversation: withRating(this.state.conversation, messageId, rating) });
  }

  /** False without a connection. */
  rateConversation(stars: number, comment: string): boolean {
    const sent = this.#link.send({ type: "rating", stars, comment });
    if (sent) this.#change({ stars });
    return sent;
  }

  requestTranscript(onTranscript: (text: string) => void): void {
    this.#onTranscript = onTranscript;
    this.#link.send({ type: "transcript" });
  }

  forget(): void {
    this.#link.send({ type: "forget" });
  }

  setSound(sound: boolean): void {
    this.#change({ sound });
  }

  tell(frame: PageFrame): void {
    this.#page[frame.type] = frame;
    this.#link.send(frame);
  }

  /** All conditions of a rule hold on the page; the bot may send a proactive message. */
  reportTrigger(triggerId: string): void {
    if (!this.#outbox.reportTrigger(triggerId)) this.#connectIfIdle();
  }

  /** Another tab has begun or deleted the conversation; of two begun at once the smaller id wins. */
  memoryChanged(): void {
    const remembered = this.memory.read();
    if (remembered === null) {
      if (this.#conversationId !== null) this.#startOver(null);
      return;
    }
    const { conversationId } = remembered;
    if (conversationId === null || conversationId === this.#conversationId || this.state.link.kind === "idle") return;
    const empty = this.state.conversation.messages.length === 0;
    if (empty && (this.#conversationId === null || conversationId < this.#conversationId)) {
      this.#session = { token: remembered.token, expiresAt: remembered.tokenExpiresAt };
      this.#link.adoptSession(this.#session);
      this.#startOver(conversationId);
      this.#link.restart();
    }
  }

  /** Offers the product to the page's basket. False if the page does not take it. */
  addProduct({ product_id, variant_id, quantity }: Product): boolean {
    return !this.emit("add", { product_id, variant_id, quantity });
  }

  /** The shopper has seen this offer. The server counts it once. */
  reportExposure(messageId: string): void {
    this.#outbox.reportExposure(messageId);
  }

  reconnect(): void {
    if (this.state.link.kind === "offline") this.#link.connect();
  }

  close(): void {
    this.#link.close();
    this.#listeners.clear();
  }

  #connectIfIdle(): void {
    if (this.state.link.kind === "idle") this.#link.connect();
  }

  #dispatch(entry: Unsent): void {
    this.#mayStore = true;
    this.#outbox.add(entry);
    this.#change({ conversation: withSent(this.state.conversation, entry) });
    this.#remember();
    this.#giveConsent();
    this.#outbox.deliver(entry);
    this.#connectIfIdle();
  }

  #receive(frame: ServerFrame): void {
    const { conversation } = this.state;
    switch (frame.type) {
      case "welcome":
        this.#welcome(frame);
        break;
      case "ack":
        this.#outbox.settle(frame.client_message_id);
        this.#change({ conversation: withAck(conversation, frame) });
        break;
      case "message":
        this.#receiveMessage(frame);
        break;
      case "history":
        this.#change({ loadingOlder: false, conversation: withMessages(conversation, frame.messages) });
        break;
      case "handover":
        this.#change({ handover: { state: frame.state, position: frame.position } });
        break;
      case "transcript":
        this.#onTranscript?.(frame.text);
        this.#onTranscript = null;
        break;
      case "forgotten":
        this.memory.forget();
        this.#startOver(null);
        this.#showError({ code: "", message: WORDS.forgotten, client_message_id: null });
        break;
      case "typing":
        this.#change({ conversation: { ...conversation, typing: frame.on } });
        break;
      case "turn_end":
        this.#change({ conversation: withTurnEnded(conversation, frame.client_message_id) });
        break;
      case "error":
        if (this.state.loadingOlder && frame.code === "rate_limited") {
          // The shopper scrolls faster than the server allows: try again later, without an error message.
          setTimeout(() => {
            this.#change({ loadingOlder: false });
            this.loadOlder();
          }, OLDER_AGAIN_MS);
        } else if (frame.code === "invalid_context") {
          console.warn(frame.message); // what the page told was wrong: nothing for the shopper
        } else this.#showError(frame);
        break;
      case "pong":
        this.#outbox.exposuresArrived();
        break;
    }
  }

  #welcome(frame: ServerFrame & { type: "welcome" }): void {
    this.#conversationId = frame.conversation_id;
    this.clock.learn(frame.now);
    if (this.#earlierToken !== null) this.anonymousMemory?.forget();
    this.#earlierToken = null;
    this.#change({
      customerId: frame.customer_id,
      handover: frame.handover,
      stars: frame.stars,
      loadingOlder: false,
      conversation: withTurnsResumed(
        withHistory(this.state.conversation, frame.history),
        this.#outbox.unsent.map((entry) => entry.clientMessageId),
      ),
    });
    this.#remember();
    if (this.#outbox.unsent.length > 0) this.#giveConsent();
    for (const frame of Object.values(this.#page)) this.#link.send(frame);
    this.#outbox.deliverAll();
  }

  #receiveMessage(frame: MessageFrame): void {
    const { conversation, panelOpen, teaser, unread } = this.state;
    const isNew = !conversation.messages.some((message) => message.messageId === frame.message_id);
    const counts = isNew && frame.from !== "shopper" && !panelOpen;
    this.#change({
      conversation: withMessages(conversation, [frame]),
      unread: unread + (counts ? 1 : 0),
      teaser: counts ? teaserOf(frame.offer?.title ?? frame.text) : teaser,
    });
    if (isNew) this.#announce(frame, conversation.openTurns.size > 0);
  }

  /** Shows an error, or the notice that everything is deleted, below the message it belongs to. */
  #showError(frame: { code: string; message: string; client_message_id: string | null }): void {
    const entry = frame.client_message_id === null ? undefined : this.#outbox.settle(frame.client_message_id);
    const { clientMessageId: key, createdAt } = this.#stamp();
    const context = entry?.buttonToken === undefined ? {} : { buttonToken: entry.buttonToken };
    this.#change({ conversation: withError(this.state.conversation, frame, { key, createdAt, ...context }) });
  }

  /** Emits offers in every tab, and an accepted code only in the tab in which the shopper answered. */
  #announce({ offer, outcome }: MessageFrame, answeredHere: boolean): void {
    if (offer !== null) this.emit("offer", offer);
    if (outcome?.outcome !== "accepted" || !answeredHere) return;
    const applied = (): void => {
      this.#change({ applied: new Set([...this.state.applied, outcome.decision_id]) });
    };
    this.emit("accepted", { ...outcome, applied });
  }

  /** A shopper who signs in keeps the conversation: both tokens prove that it is the same person. */
  #adoptAnonymousConversation(): void {
    const anonymous = this.anonymousMemory?.read() ?? null;
    if (anonymous?.conversationId == null) return;
    this.#mayStore = true;
    this.#conversationId = anonymous.conversationId;
    this.#earlierToken = anonymous.token;
    this.state.panelOpen = anonymous.panelOpen;
    this.state.consentVersion = anonymous.consentVersion;
  }

  /** A message sent below the consent text agrees to it; the server records that once. */
  #giveConsent(): void {
    const { consentVersion: version } = this;
    if (this.state.consentVersion === version) return;
    if (!this.#link.send({ type: "consent", version, locale: LANGUAGE.slice(0, 16) })) return;
    this.#change({ consentVersion: version });
    this.#remember();
  }

  /** Begins with no messages, in this conversation or in a new one (null), which the next hello creates. */
  #startOver(conversationId: string | null): void {
    this.#conversationId = conversationId;
    this.#outbox.unsent = [];
    this.#change({ conversation: EMPTY, unread: 0, teaser: null, stars: null });
    if (conversationId === null) {
      this.#mayStore = false;
      this.#session = null;
      this.#link.pause();
    }
  }

  #stamp(): { clientMessageId: string; createdAt: string } {
    return { clientMessageId: randomId(), createdAt: this.clock.now().toISOString() };
  }

  #remember(): void {
    if (this.#session === null || !this.#mayStore) return; // nothing to resume, or no interaction yet
    this.memory.write({
      conversationId: this.#conversationId,
      token: this.#session.token,
      tokenExpiresAt: this.#session.expiresAt,
      panelOpen: this.state.panelOpen,
      consentVersion: this.state.consentVersion,
    });
  }

  #change(changes: Partial<ChatState>): void {
    this.state = { ...this.state, ...changes };
    this.#listeners.forEach((listener) => {
      listener();
    });
  }
}

function teaserOf(text: string): string {
  return text.length <= TEASER_LENGTH ? text : `${text.slice(0, TEASER_LENGTH)}…`;
}

/** Not crypto.randomUUID, which exists on secure pages only: a shop may be tried over plain HTTP in a home network. */
function randomId(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}
