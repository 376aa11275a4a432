/**
 * The custom element <promobot-chat>. Attributes: `token` (what the shop signed for its customer), `household` (the demo's sign-in;
 * without both the shopper is anonymous), `heading` (the panel's title), `lang` (else the page's), `basket` (the page takes
 * products into its basket). Another customer begins another conversation; a fresh token of the same customer continues it, and an
 * anonymous shopper who signs in keeps theirs.
 */

import type { PageFrame } from "../chat/protocol";
import type { Host, Panel, Settings } from "./host";
import styles from "./launcher.css?inline";
import { Launcher } from "./launcher";
import { ANONYMOUS, forget, memoryKey, ownerOfIdentity, type Identity } from "./owner";
import { TriggerWatcher } from "./triggers";
import type { Words } from "../words/words";

const NO_SETTINGS: Settings = { consent_version: "1", privacy_url: "", message_length_limit: 2000, triggers: [] };

export function defineElement(server: string): void {
  if (customElements.get("promobot-chat") !== undefined) return; // the page names the script twice

  class PromobotChat extends HTMLElement {
    static readonly observedAttributes = ["token", "household"];

    readonly #root: ShadowRoot;
    #launcher: Launcher | null = null;
    #panel: Promise<Panel> | null = null;
    #triggers: TriggerWatcher | null = null;
    #settings = Promise.resolve(NO_SETTINGS);
    /** What the page said last, by type. */
    #page: Record<string, PageFrame & { cents?: number }> = {};
    /** Of the identity that the attributes say, from the moment the element is in the page. */
    #owner = ANONYMOUS;
    /** What the page or the shopper wants, even while the panel is still loading. */
    #wantedOpen = false;
    #stopListening = new AbortController();

    constructor() {
      super();
      this.#root = this.attachShadow({ mode: "open" });
      // A constructed sheet and no <style>: a shop's content security policy may forbid inline styles.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(styles);
      this.#root.adoptedStyleSheets = [sheet];
    }

    connectedCallback(): void {
      this.#owner = ownerOfIdentity(this.#identity);
      this.#launcher = new Launcher(this.#root, this.#language, (open) => {
        this.#setOpen(open);
      });
      this.#settings = fetch(`${server}/api/widget`, { credentials: "omit" })
        .then((answer) => (answer.ok ? (answer.json() as Promise<Settings>) : NO_SETTINGS))
        .catch(() => NO_SETTINGS);
      void this.#settings.then((settings) => {
        if (!this.isConnected) return;
        this.#triggers = new TriggerWatcher(settings.triggers, (rule) => {
          // An anonymous shopper without a memory gets no proactive message: the daily cap could not hold.
          if (this.#remembers() || this.hasAttribute("token") || this.#panel !== null) {
            void this.#load().then((panel) => {
              panel.reportTrigger(rule.trigger_id);
            });
          }
        });
        this.#triggers.basketCents = this.#page.basket?.cents ?? 0;
      });
      this.#stopListening = new AbortController();
      const { signal } = this.#stopListening;
      addEventListener("online", () => { this.#ifLoaded("reconnect"); }, { signal }); // prettier-ignore
      addEventListener(
        "storage",
        (event) => {
          if (event.key === memoryKey(this.#owner)) this.#ifLoaded("memoryChanged");
        },
        { signal },
      );
      if (this.#remembers()) void this.#load(); // an earlier page view began to chat: go on with it
    }

    disconnectedCallback(): void {
      this.#stopListening.abort();
      this.#triggers?.stop();
      this.#dropPanel();
      this.#root.replaceChildren();
    }

    attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
      if (!this.isConnected || before === after || this.#launcher === null) return;
      const open = this.#wantedOpen;
      const loaded = this.#panel !== null;
      this.#dropPanel();
      this.#ownerChanged();
      if (open) this.#setOpen(true);
      else if (loaded || this.#remembers()) void this.#load();
    }

    open(): void {
      this.#setOpen(true);
    }

    close(): void {
      this.#ifLoaded("setPanelOpen", false);
    }

    /** Opens the panel and sends `text` as the shopper. */
    ask(text: string): void {
      void this.#load().then((panel) => {
        panel.setPanelOpen(true);
        panel.send(text);
      });
    }

    /** What the shopper's basket is worth now, in cents. */
    basket(cents: number): void {
      if (this.#triggers !== null) this.#triggers.basketCents = cents;
      this.tell({ type: "basket", cents });
    }

    /** Hands on what the page says of the shopper; it replaces what was said before. */
    tell(frame: PageFrame): void {
      this.#page[frame.type] = frame;
      this.#ifLoaded("tell", frame);
    }

    /** Reports an event of the page, for which a rule may wait. */
    event(name: string): void {
      void this.#settings.then(() => this.#triggers?.event(name));
    }

    /** Forgets the conversation of the owner before, unless an anonymous shopper signs in and keeps it. */
    #ownerChanged(): void {
      const [before, now] = [this.#owner, ownerOfIdentity(this.#identity)];
      this.#owner = now;
      if (before === now) return;
      const signsIn = before === ANONYMOUS && this.hasAttribute("token");
      if (!signsIn) forget(before);
      if (!this.hasAttribute("token")) forget(now);
    }

    #ifLoaded<Name extends keyof Panel>(name: Name, ...values: Parameters<Panel[Name]>): void {
      void this.#panel?.then((panel) => {
        (panel[name] as (...given: Parameters<Panel[Name]>) => void)(...values);
      });
    }

    #setOpen(open: boolean): void {
      this.#wantedOpen = open;
      void this.#load().then((panel) => {
        panel.setPanelOpen(open);
      });
    }

    #load(): Promise<Panel> {
      const words = /^zh\b/i.test(this.#language) ? "zh" : "en";
      this.#panel ??= Promise.all([
        import(/* @vite-ignore */ `${server}/panel.js`) as Promise<{ mount: (host: Host) => Panel }>,
        import(/* @vite-ignore */ `${server}/panel-words.${words}.js`) as Promise<{ default: Words }>,
      ]).then(([{ mount }, { default: loadedWords }]) => {
        const panel = mount(this.#host(loadedWords));
        for (const frame of Object.values(this.#page)) panel.tell(frame);
        return panel;
      });
      this.#panel.catch(() => (this.#panel = null)); // the network failed: the next click tries again
      return this.#panel;
    }

    #dropPanel(): void {
      this.#ifLoaded("leave");
      this.#panel = null;
      this.#launcher?.show({ open: false, unread: 0, teaser: null });
    }

    #host(words: Words): Host {
      return {
        server,
        identity: this.#identity,
        owner: this.#owner,
        root: this.#root,
        heading: this.getAttribute("heading") ?? "",
        language: this.#language,
        words,
        takesProducts: this.hasAttribute("basket"),
        settings: this.#settings,
        settingsAtFirst: NO_SETTINGS,
        onState: (state) => {
          this.#wantedOpen = state.open || (this.#wantedOpen && this.#panel === null);
          this.#launcher?.show(state);
        },
        emit: (name, detail) =>
          this.dispatchEvent(
            new CustomEvent(`promobot:${name}`, { detail, bubbles: true, composed: true, cancelable: true }),
          ),
      };
    }

    get #identity(): Identity {
      const token = this.getAttribute("token");
      return token === null ? { household: this.getAttribute("household") } : { token };
    }

    get #language(): string {
      const own = this.lang === "" ? document.documentElement.lang : this.lang;
      if (own === "") return navigator.language;
      // An English page reads 14:05 in London and 2:05 PM in Boston.
      return navigator.languages.find((known) => known === own || known.startsWith(`${own}-`)) ?? own;
    }

    #remembers(): boolean {
      try {
        return localStorage.getItem(memoryKey(this.#owner)) !== null;
      } catch {
        return false; // storage is forbidden
      }
    }
  }

  customElements.define("promobot-chat", PromobotChat);
}
