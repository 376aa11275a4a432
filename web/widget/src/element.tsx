/**
 * The custom element <promobot-chat>. Attributes: `household` (signed in as; absent means anonymous), `heading` (the panel's title).
 * A change of `household` ends the conversation and begins a new one. Methods: `open()`, `ask(text)`.
 */

import { render } from "preact";

import styles from "./chat.css?inline";
import { Chat } from "./Chat";
import { ChatClient } from "./client";
import { Memory } from "./memory";

export class PromobotChat extends HTMLElement {
  static readonly observedAttributes = ["household"];

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
    this.begin(this.memoryOf(this.getAttribute("household")), false);
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
    this.memoryOf(before).forget();
    const memory = this.memoryOf(after);
    memory.forget();
    this.begin(memory, wasOpen);
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
    const client = new ChatClient(location.origin, this.getAttribute("household"), memory, {
      fetch: (url, init) => fetch(url, init),
      openSocket: (url) => new WebSocket(url),
      random: () => Math.random(),
    });
    this.client = client;
    if (panelOpen) client.setPanelOpen(true);
    render(null, this.root); // a draft of the last conversation does not slip into the new one
    render(<Chat client={client} heading={this.heading} />, this.root);
  }

  private memoryOf(household: string | null): Memory {
    return new Memory(household, () => sessionStorage);
  }

  private get heading(): string {
    return this.getAttribute("heading") ?? "Customer service";
  }
}

customElements.define("promobot-chat", PromobotChat);
