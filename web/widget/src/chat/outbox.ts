/** What the server does not have yet: the shopper's messages, offers seen, and rules whose conditions hold. */

import type { Memory, Unsent } from "./memory";
import type { ClientFrame } from "./protocol";

export class Outbox {
  unsent: Unsent[] = [];
  readonly #exposed = new Set<string>();
  /** Reported; a later pong proves that the reports arrived. */
  #exposuresInFlight = new Set<string>();
  #triggerIds: string[] = [];

  /** `send` says whether the frame left. */
  constructor(
    private readonly memory: Memory,
    private readonly send: (frame: ClientFrame) => boolean,
  ) {}

  /** Delivers what the last page view, or another tab, could not. */
  restore(): void {
    this.unsent = this.memory.unsent();
  }

  add(entry: Unsent): void {
    this.unsent.push(entry);
    this.memory.keep(entry);
  }

  /** The server has answered for this message; it is not sent again. */
  settle(clientMessageId: string): Unsent | undefined {
    const entry = this.unsent.find((unsent) => unsent.clientMessageId === clientMessageId);
    this.unsent = this.unsent.filter((unsent) => unsent !== entry);
    this.memory.settle(clientMessageId);
    return entry;
  }

  deliver({ clientMessageId: client_message_id, text, buttonToken: button_token }: Unsent): void {
    this.send(
      button_token === undefined
        ? { type: "message", client_message_id, text }
        : { type: "button", client_message_id, button_token },
    );
  }

  /** Sends everything again, on a new connection. */
  deliverAll(): void {
    this.#triggerIds.splice(0).forEach((trigger_id) => this.send({ type: "moment", trigger_id }));
    this.unsent.forEach((entry) => {
      this.deliver(entry);
    });
    this.#flushExposures();
  }

  /** The first report of a message counts, later ones have no effect. */
  reportExposure(messageId: string): void {
    if (this.#exposed.has(messageId)) return;
    this.#exposed.add(messageId);
    this.#exposuresInFlight.add(messageId);
    this.#flushExposures();
  }

  exposuresArrived(): void {
    this.#exposuresInFlight.clear();
  }

  /** False without a connection; the report then waits for one. */
  reportTrigger(trigger_id: string): boolean {
    const sent = this.send({ type: "moment", trigger_id });
    if (!sent) this.#triggerIds.push(trigger_id);
    return sent;
  }

  #flushExposures(): void {
    for (const message_id of this.#exposuresInFlight) this.send({ type: "exposed", message_id });
    if (this.#exposuresInFlight.size > 0) this.send({ type: "ping" });
  }
}
