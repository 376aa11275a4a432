/**
 * One shopper's chat: the conversation, the queue of what is not delivered yet, and the reports of offers seen.
 * It knows no DOM; the views subscribe to its state.
 */

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
  withSent,
  withThumb,
  withTurnEnded,
  withTurnsResumed,
  type Conversation,
  type Message,
} from "./conversation";
import { Link, type Identity, type LinkState, type Network, type Session } from "./link";
import type { Memory, Unsent } from "./memory";
import type { Button, Handover, Offer, Outcome, ServerFrame, Thumb } from "./protocol";
import { LANGUAGE, WORDS } from "../words/words";

/** What the panel tells the page; false if the page answered that it has dealt with it. */
export type Tell = (name: string, detail: object) => boolean;

export type ChatState = {
  link: LinkState;
  customerId: string | null;
  conversation: Conversation;
  panelOpen: boolean;
  unread: number;
  /** The beginning of what the bot said first, while the panel is closed. */
  teaser: string | null;
  handover: Handover;
  stars: number | null;
  loadingOlder: boolean;
  /** Decisions whose code the page has put into its basket. */
  applied: ReadonlySet<string>;
  consentVersion: string | null;
  sound: boolean;
};

const TEASER_LENGTH = 120; // characters
const OLDER_AGAIN_MS = 1000;

export class ChatClient {
  state: ChatState = {
    link: { kind: "idle" },
    customerId: null,
    conversation: EMPTY,
    panelOpen: false,
    unread: 0,
    teaser: null,
    handover: { state: "none", position: null },
    stars: null,
    loadingOlder: false,
    applied: new Set(),
    consentVersion: null,
    sound: false,
  };
  readonly clock = new ServerClock();
  /** The version of the words that are shown now; sending agrees to it. */
  consentVersion = "1";

  private conversationId: string | null = null;
  private session: Session | null = null;
  private earlierToken: string | null = null;
  private unsent: Unsent[] = [];
  private basketCents: number | null = null;
  private mayStore = false;
  private onTranscript: ((text: string) => void) | null = null;
  /** Moments that came before the connection did. */
  private moments: string[] = [];
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
    private readonly tell: Tell = () => true,
    /** Of the stranger that this customer was until now. */
    private readonly stranger: Memory | null = null,
  ) {
    const remembered = memory.read();
    if (remembered !== null) {
      this.mayStore = true;
      this.conversationId = remembered.conversationId;
      this.session = { token: remembered.token, expiresAt: remembered.tokenExpiresAt };
      this.unsent = memory.unsent();
      this.state.panelOpen = remembered.panelOpen;
      this.state.consentVersion = remembered.consentVersion;
      for (const entry of this.unsent) this.state.conversation = withSent(this.state.conversation, entry);
    }
    this.takeStrangerAlong(remembered !== null);
    this.link = new Link(server, identity, this.session, network, {
      greeting: () => ({
        conversationId: this.conversationId,
        afterSeq: cursorOf(this.state.conversation),
        earlierToken: this.earlierToken,
      }),
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
        this.earlierToken = null;
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
    if (panelOpen) this.mayStore = true;
    this.change(panelOpen ? { panelOpen, unread: 0, teaser: null } : { panelOpen });
    if (panelOpen && this.state.link.kind === "idle") this.link.connect();
    this.remember();
  }

  /** Text of white space only is not sent. */
  send(text: string): void {
    const trimmed = text.trim();
    if (trimmed !== "") this.dispatch({ ...this.stamp(), text: trimmed });
  }

  press(message: Message, button: Button): void {
    if (!isActive(this.state.conversation, message, button)) return;
    this.dispatch({ ...this.stamp(), text: button.title, buttonToken: button.button_token });
  }

  /** Asks for the messages before the oldest one here; false if there are none, or they are on their way. */
  loadOlder(): boolean {
    const first = firstSeq(this.state.conversation);
    if (first === null || first <= 1 || this.state.loadingOlder) return false;
    const asked = this.link.send({ type: "history", before_seq: first });
    if (asked) this.change({ loadingOlder: true });
    return asked;
  }

  rateMessage(messageId: string, thumb: Thumb): void {
    if (!this.link.send({ type: "thumb", message_id: messageId, thumb })) return;
    this.change({ conversation: withThumb(this.state.conversation, messageId, thumb) });
  }

  /** False without a connection. */
  rateConversation(stars: number, comment: string): boolean {
    const sent = this.link.send({ type: "rating", stars, comment });
    if (sent) this.change({ stars });
    return sent;
  }

  askTranscript(onTranscript: (text: string) => void): void {
    this.onTranscript = onTranscript;
    this.link.send({ type: "transcript" });
  }

  forget(): void {
    this.link.send({ type: "forget" });
  }

  setSound(sound: boolean): void {
    this.change({ sound });
  }

  setBasket(cents: number): void {
    this.basketCents = cents;
    this.link.send({ type: "basket", cents });
  }

  /** A rule's moment has come on the page: the bot may have something to say. */
  moment(triggerId: string): void {
    if (this.link.send({ type: "moment", trigger_id: triggerId })) return;
    this.moments.push(triggerId);
    if (this.state.link.kind === "idle") this.link.connect();
  }

  /** Another tab has begun or deleted the conversation; of two begun at once the smaller id stands. */
  memoryChanged(): void {
    const remembered = this.memory.read();
    if (remembered === null) {
      if (this.conversationId !== null) this.startOver(null);
      return;
    }
    const { conversationId } = remembered;
    if (conversationId === null || conversationId === this.conversationId || this.state.link.kind === "idle") return;
    const empty = this.state.conversation.messages.length === 0;
    if (empty && (this.conversationId === null || conversationId < this.conversationId)) {
      this.session = { token: remembered.token, expiresAt: remembered.tokenExpiresAt };
      this.link.adoptSession(this.session);
      this.startOver(conversationId);
      this.link.restart();
    }
  }

  /** What is put into the page's basket, if the page takes it. */
  addProduct(productId: string, quantity: number): boolean {
    return !this.tell("add", { product_id: productId, quantity });
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
    this.mayStore = true;
    this.unsent.push(entry);
    this.memory.keep(entry);
    this.change({ conversation: withSent(this.state.conversation, entry) });
    this.remember();
    this.giveConsent();
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
        this.clock.learn(frame.now);
        if (this.earlierToken !== null) this.stranger?.forget();
        this.earlierToken = null;
        this.change({
          customerId: frame.customer_id,
          handover: frame.handover,
          stars: frame.stars,
          loadingOlder: false,
          conversation: withTurnsResumed(
            withHistory(conversation, frame.history),
            this.unsent.map((entry) => entry.clientMessageId),
          ),
        });
        this.remember();
        if (this.unsent.length > 0) this.giveConsent();
        if (this.basketCents !== null) this.setBasket(this.basketCents);
        this.moments.splice(0).forEach((triggerId) => this.link.send({ type: "moment", trigger_id: triggerId }));
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
          teaser: counts ? teaserOf(frame.offer?.title ?? frame.text) : this.state.teaser,
        });
        if (isNew) this.announce(frame, conversation.openTurns.size > 0);
        break;
      }
      case "history":
        this.change({ loadingOlder: false, conversation: withMessages(conversation, frame.messages) });
        break;
      case "handover":
        this.change({ handover: { state: frame.state, position: frame.position } });
        break;
      case "transcript":
        this.onTranscript?.(frame.text);
        this.onTranscript = null;
        break;
      case "forgotten":
        this.memory.forget();
        this.startOver(null);
        this.notice(WORDS.forgotten);
        break;
      case "typing":
        this.change({ conversation: { ...conversation, typing: frame.on } });
        break;
      case "turn_end":
        this.change({ conversation: withTurnEnded(conversation, frame.client_message_id) });
        break;
      case "error":
        if (this.state.loadingOlder && frame.code === "rate_limited") {
          // Scrolled faster than the server allows: asked again, and nothing to tell the shopper.
          setTimeout(() => {
            this.change({ loadingOlder: false });
            this.loadOlder();
          }, OLDER_AGAIN_MS);
        } else this.fail(frame);
        break;
      case "pong":
        this.exposuresInFlight = new Set();
        break;
    }
  }

  private fail(frame: ServerFrame & { type: "error" }): void {
    const entry = this.unsent.find((unsent) => unsent.clientMessageId === frame.client_message_id);
    if (frame.client_message_id !== null) this.settle(frame.client_message_id);
    const { clientMessageId: key, createdAt } = this.stamp();
    const context = entry?.buttonToken === undefined ? {} : { buttonToken: entry.buttonToken };
    this.change({ conversation: withError(this.state.conversation, frame, { key, createdAt, ...context }) });
  }

  /** Tells the page of offers and codes, the tab that the shopper answered in alone. */
  private announce(frame: { offer: Offer | null; outcome: Outcome | null }, ours: boolean): void {
    if (frame.offer !== null) this.tell("offer", frame.offer);
    const { outcome } = frame;
    if (outcome?.outcome !== "accepted" || !ours) return;
    const applied = (): void => {
      this.change({ applied: new Set([...this.state.applied, outcome.decision_id]) });
    };
    this.tell("accepted", { ...outcome, applied });
  }

  /** A stranger who signs in takes the conversation along: both tokens prove that it is the same person. */
  private takeStrangerAlong(known: boolean): void {
    const stranger = this.stranger?.read() ?? null;
    if (known || stranger?.conversationId == null) return;
    this.mayStore = true;
    this.conversationId = stranger.conversationId;
    this.earlierToken = stranger.token;
    this.state.panelOpen = stranger.panelOpen;
    this.state.consentVersion = stranger.consentVersion;
  }

  /** Sending below the words is agreeing to them; the server notes it once. */
  private giveConsent(): void {
    const { consentVersion: version } = this;
    if (this.state.consentVersion === version) return;
    if (!this.link.send({ type: "consent", version, locale: LANGUAGE.slice(0, 16) })) return;
    this.change({ consentVersion: version });
    this.remember();
  }

  /** Nothing was said yet, in this conversation or in a new one (null), which the next hello begins. */
  private startOver(conversationId: string | null): void {
    this.conversationId = conversationId;
    this.unsent = [];
    this.change({ conversation: EMPTY, unread: 0, teaser: null, stars: null });
    if (conversationId === null) {
      this.mayStore = false;
      this.session = null;
      this.link.pause();
    }
  }

  private notice(text: string): void {
    const { clientMessageId: key, createdAt } = this.stamp();
    const error = { code: "", message: text, client_message_id: null };
    this.change({ conversation: withError(this.state.conversation, error, { key, createdAt }) });
  }

  /** The server has answered for this message: it is not sent again. */
  private settle(clientMessageId: string): void {
    this.unsent = this.unsent.filter((entry) => entry.clientMessageId !== clientMessageId);
    this.memory.settle(clientMessageId);
  }

  private stamp(): { clientMessageId: string; createdAt: string } {
    return { clientMessageId: randomId(), createdAt: this.clock.now().toISOString() };
  }

  private remember(): void {
    if (this.session === null || !this.mayStore) return; // nothing to come back to, or nobody who wants to
    this.memory.write({
      conversationId: this.conversationId,
      token: this.session.token,
      tokenExpiresAt: this.session.expiresAt,
      panelOpen: this.state.panelOpen,
      consentVersion: this.state.consentVersion,
    });
  }

  private change(changes: Partial<ChatState>): void {
    this.state = { ...this.state, ...changes };
    this.listeners.forEach((listener) => {
      listener();
    });
  }
}

function teaserOf(text: string): string {
  return text.length <= TEASER_LENGTH ? text : `${text.slice(0, TEASER_LENGTH)}…`;
}

/** Not crypto.randomUUID: that exists on secure pages only, and a shop may be tried over plain HTTP in a home network. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
