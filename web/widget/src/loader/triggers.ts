/** Watches the page for the conditions of proactive messages. It stores nothing; the gateway counts the daily caps. */

import type { Rule } from "./host";

const CHECK_EVERY_MS = 1000;

/** Whether a path matches a pattern in which * stands for anything. */
export function matches(pattern: string, path: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(path);
}

export type Page = {
  path: string;
  secondsOnPage: number;
  scrollPercent: number;
  basketCents: number;
  secondsIdle: number;
  leaving: boolean;
  events: ReadonlySet<string>;
};

/** Whether every condition of a rule holds. */
export function holds(rule: Rule, page: Page): boolean {
  const atLeast = (least: number | undefined, value: number): boolean => least === undefined || value >= least;
  return (
    (rule.url === undefined || matches(rule.url, page.path)) &&
    atLeast(rule.seconds_on_page, page.secondsOnPage) &&
    atLeast(rule.scroll_percent, page.scrollPercent) &&
    atLeast(rule.basket_from_cents, page.basketCents) &&
    (rule.basket_left_s === undefined || (page.basketCents > 0 && page.secondsIdle >= rule.basket_left_s)) &&
    (rule.exit_intent !== true || page.leaving) &&
    (rule.custom_event === undefined || page.events.has(rule.custom_event))
  );
}

/** Calls `onTrigger` once for each rule and page view, as soon as the rule holds. */
export class TriggerWatcher {
  basketCents = 0;
  readonly #events = new Set<string>();
  readonly #since = performance.now();
  #touchedAt = this.#since;
  #leaving = false;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #stopListening = new AbortController();

  constructor(
    private rules: readonly Rule[],
    private readonly onTrigger: (rule: Rule) => void,
  ) {
    const { signal } = this.#stopListening;
    const touched = (): void => {
      this.#touchedAt = performance.now();
    };
    for (const kind of ["pointerdown", "keydown", "scroll"]) addEventListener(kind, touched, { signal, passive: true });
    document.addEventListener(
      "mouseout",
      (event) => {
        this.#leaving = event.relatedTarget === null && event.clientY <= 0;
        if (this.#leaving) this.#check();
        this.#leaving = false;
      },
      { signal },
    );
    this.#timer = setInterval(() => {
      this.#check();
    }, CHECK_EVERY_MS);
  }

  event(name: string): void {
    this.#events.add(name);
    this.#check();
  }

  stop(): void {
    this.#stopListening.abort();
    clearInterval(this.#timer);
  }

  #check(): void {
    const now = performance.now();
    const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
    const page: Page = {
      path: location.pathname + location.search,
      secondsOnPage: (now - this.#since) / 1000,
      scrollPercent: scrollHeight > clientHeight ? ((scrollTop + clientHeight) / scrollHeight) * 100 : 100,
      basketCents: this.basketCents,
      secondsIdle: (now - this.#touchedAt) / 1000,
      leaving: this.#leaving,
      events: this.#events,
    };
    const due = this.rules.filter((rule) => holds(rule, page));
    this.rules = this.rules.filter((rule) => !due.includes(rule));
    due.forEach(this.onTrigger);
  }
}
