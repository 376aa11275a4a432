/**
 * The custom element <promobot-chat>. Attributes: `token` (what the shop signed for its customer), `household` (the demo's way to be
 * somebody; without both the shopper is a stranger), `heading` (the panel's title), `lang` (else the page's), `basket` (the page takes
 * products into its basket). Somebody else ends the conversation and begins another; a fresh token of the same customer goes on with
 * it, and a stranger who signs in takes theirs along.
 */

import type { Host, Panel, Settings } from "./host";
import styles from "./launcher.css?inline";
import { Launcher } from "./launcher";
import { ANONYMOUS, forget, memoryKey, ownerOfIdentity, type Identified } from "./owner";
import { Watch } from "./triggers";
import type { Words } from "../words/words";

const NO_SETTINGS: Settings = { consent_version: "1", privacy_url: "", message_length_limit: 2000, triggers: [] };

export function defineElement(server: string): void {
  if (customElements.get("promobot-chat") !== undefined) return; // the tag stands in the page twice

  class PromobotChat extends HTMLElement {
    static readonly observedAttributes = ["token", "household"];

    private readonly root: ShadowRoot;
    private launcher: Launcher | null = null;
    private panel: Promise<Panel> | null = null;
    private watch: Watch | null = null;
    private settings: Promise<Settings> | null = null;
    private basketCents: number | null = null;
    private owner = ANONYMOUS;
    /** Asked for, even while the panel is still on its way. */
    private wantedOpen = false;
    private stopListening = new AbortController();

    constructor() {
      super();
      this.root = this.attachShadow({ mode: "open" });
      // A constructed sheet and no <style>: a shop's content security policy may forbid inline styles.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(styles);
      this.root.adoptedStyleSheets = [sheet];
    }

    connectedCallback(): void {
      this.owner = ownerOfIdentity(this.identity);
      this.launcher = new Launcher(this.root, this.language, (open) => {
        this.setOpen(open);
      });
      this.settings = fetch(`${server}/api/widget`, { credentials: "omit" })
        .then((answer) => (answer.ok ? (answer.json() as Promise<Settings>) : NO_SETTINGS))
        .catch(() => NO_SETTINGS);
      void this.settings.then((settings) => {
        if (!this.isConnected) return;
        this.watch = new Watch(settings.triggers, (rule) => {
          // Strangers whom nobody would recognise tomorrow are left in peace: no cap could hold for them.
          if (this.remembers() || this.hasAttribute("token") || this.panel !== null) {
            void this.load().then((panel) => {
              panel.moment(rule.trigger_id);
            });
          }
        });
        this.watch.basketCents = this.basketCents ?? 0;
      });
      this.stopListening = new AbortController();
      const { signal } = this.stopListening;
      addEventListener("online", () => { this.ifLoaded("reconnect"); }, { signal }); // prettier-ignore
      addEventListener(
        "storage",
        (event) => {
          if (event.key === memoryKey(ownerOfIdentity(this.identity))) this.ifLoaded("memoryChanged");
        },
        { signal },
      );
      if (this.remembers()) void this.load(); // an earlier page view began to chat: go on with it
    }

    disconnectedCallback(): void {
      this.stopListening.abort();
      this.watch?.stop();
      this.dropPanel();
      this.root.replaceChildren();
    }

    attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
      if (!this.isConnected || before === after || this.launcher === null) return;
      const open = this.wantedOpen;
      const loaded = this.panel !== null;
      this.dropPanel();
      this.ownerChanged();
      if (open) this.setOpen(true);
      else if (loaded || this.remembers()) void this.load();
    }

    open(): void {
      this.setOpen(true);
    }

    close(): void {
      this.ifLoaded("setOpen", false);
    }

    /** Opens the panel and says `text` for the shopper. */
    ask(text: string): void {
      void this.load().then((panel) => {
        panel.setOpen(true);
        panel.ask(text);
      });
    }

    /** What the shopper's basket is worth now, in cents. */
    basket(cents: number): void {
      this.basketCents = cents;
      if (this.watch !== null) this.watch.basketCents = cents;
      this.ifLoaded("setBasket", cents);
    }

    /** Something happened on the page that a rule may wait for. */
    event(name: string): void {
      void this.settings?.then(() => this.watch?.event(name));
    }

    /** Nobody else reads what was said here; only a stranger who signs in takes the conversation along. */
    private ownerChanged(): void {
      const [before, now] = [this.owner, ownerOfIdentity(this.identity)];
      this.owner = now;
      if (before === now) return;
      const signsIn = before === ANONYMOUS && this.hasAttribute("token");
      if (!signsIn) forget(before);
      if (!this.hasAttribute("token")) forget(now);
    }

    private ifLoaded<Name extends keyof Panel>(name: Name, ...values: Parameters<Panel[Name]>): void {
      void this.panel?.then((panel) => {
        (panel[name] as (...given: Parameters<Panel[Name]>) => void)(...values);
      });
    }

    private setOpen(open: boolean): void {
      this.wantedOpen = open;
      void this.load().then((panel) => {
        panel.setOpen(open);
      });
    }

    private load(): Promise<Panel> {
      const words = /^zh\b/i.test(this.language) ? "zh" : "en";
      this.panel ??= Promise.all([
        import(/* @vite-ignore */ `${server}/panel.js`) as Promise<{ mount: (host: Host) => Panel }>,
        import(/* @vite-ignore */ `${server}/panel-words.${words}.js`) as Promise<{ default: Words }>,
      ]).then(([{ mount }, { default: spoken }]) => {
        const panel = mount(this.host(spoken));
        if (this.basketCents !== null) panel.setBasket(this.basketCents);
        return panel;
      });
      this.panel.catch(() => (this.panel = null)); // the network failed: the next click tries again
      return this.panel;
    }

    private dropPanel(): void {
      this.ifLoaded("close");
      this.panel = null;
      this.launcher?.show({ open: false, unread: 0, teaser: null });
    }

    private host(words: Words): Host {
      const { identity } = this;
      return {
        server,
        identity,
        owner: ownerOfIdentity(identity),
        root: this.root,
        heading: this.getAttribute("heading") ?? "",
        language: this.language,
        words,
        takesProducts: this.hasAttribute("basket"),
        settings: this.settings ?? Promise.resolve(NO_SETTINGS),
        onState: (state) => {
          this.wantedOpen = state.open || (this.wantedOpen && this.panel === null);
          this.launcher?.show(state);
        },
        tell: (name, detail) =>
          this.dispatchEvent(
            new CustomEvent(`promobot:${name}`, { detail, bubbles: true, composed: true, cancelable: true }),
          ),
      };
    }

    private get identity(): Identified {
      const token = this.getAttribute("token");
      return token === null ? { household: this.getAttribute("household") } : { token };
    }

    private get language(): string {
      const own = this.lang === "" ? document.documentElement.lang : this.lang;
      if (own === "") return navigator.language;
      // An English page reads 14:05 in London and 2:05 PM in Boston.
      return navigator.languages.find((one) => one === own || one.startsWith(`${own}-`)) ?? own;
    }

    private remembers(): boolean {
      try {
        return localStorage.getItem(memoryKey(ownerOfIdentity(this.identity))) !== null;
      } catch {
        return false; // storage is forbidden
      }
    }
  }

  customElements.define("promobot-chat", PromobotChat);
}
