/**
 * The custom element <promobot-chat>. Attributes: `token` (what the shop signed for its customer), `household` (the demo's way to be
 * somebody; without both the shopper is a stranger of the demo), `heading` (the panel's title). Somebody else ends the conversation
 * and begins a new one; a fresh token of the same customer goes on with it. Methods: `open()`, `ask(text)`.
 */

import { render } from "preact";

import styles from "./chat.css?inline";
import { Chat } from "./Chat";
import { ChatClient } from "./client";
import type { Identity } from "./link";
import { Memory } from "./memory";
import { ownerOf } from "./token";

/** The gateway that this file came from, on whatever page it runs. */
const SERVER = new URL(import.meta.url).origin;

export class PromobotChat extends HTMLElement {
  static readonly observedAttributes = ["token", "household"];

  private owner = "anonymous";
  private client: ChatClient | null = null;
  private readonly root: ShadowRoot;
  private readonly onNetworkBack = (): void => {
    this.client?.reconnect();
  };

  constructor() {
    super();
    this.root = this.attachShadow({ mode: "open" });
    // A constructed sheet and no <style>: a shop's content security policy may forbid inline styles.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    this.root.adoptedStyleSheets = [sheet];
  }

  connectedCallback(): void {
    this.owner = this.currentOwner();
    this.begin(this.memory(), false);
    window.addEventListener("online", this.onNetworkBack);
  }

  disconnectedCallback(): void {
    window.removeEventListener("online", this.onNetworkBack);
    this.client?.close();
    this.client = null;
    render(null, this.root);
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (this.client === null || before === after) return;
    const wasOpen = this.client.state.panelOpen;
    this.client.close();
    const owner = this.currentOwner();
    if (owner !== this.owner) {
      this.memory().forget();
      this.owner = owner;
      this.memory().forget();
    }
    this.begin(this.memory(), wasOpen);
  }

  open(): void {
    this.client?.setPanelOpen(true);
  }

  /** Opens the panel and says `text` for the shopper. */
  ask(text: string): void {
    this.open();
    this.client?.send(text);
  }

  private begin(memory: Memory, panelOpen: boolean): void {
    const client = new ChatClient(SERVER, this.identity, memory, {
      fetch: (url, init) => fetch(url, init),
      openSocket: (url) => new WebSocket(url),
      random: () => Math.random(),
    });
    this.client = client;
    if (panelOpen) client.setPanelOpen(true);
    render(null, this.root); // a draft of the last conversation does not slip into the new one
    render(<Chat client={client} heading={this.heading} />, this.root);
  }

  private get identity(): Identity {
    const token = this.getAttribute("token");
    return token === null ? { household: this.getAttribute("household") } : { token };
  }

  private currentOwner(): string {
    const { identity } = this;
    return "token" in identity ? ownerOf(identity.token) : (identity.household ?? "anonymous");
  }

  private memory(): Memory {
    return new Memory(this.owner, () => sessionStorage);
  }

  private get heading(): string {
    return this.getAttribute("heading") ?? "Customer service";
  }
}

customElements.define("promobot-chat", PromobotChat);
