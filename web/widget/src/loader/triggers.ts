/** Watches the page for the moments in which the chat may speak first. Stores nothing; the gateway counts the caps. */

import type { Rule } from "./host";

const CHECK_EVERY_MS = 1000;

/** Whether a path fits a pattern in which * stands for anything. */
export function fits(pattern: string, path: string): boolean {
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

/** Whether all that a rule asks for is so. */
export function holds(rule: Rule, page: Page): boolean {
  const atLeast = (wanted: number | undefined, found: number): boolean => wanted === undefined || found >= wanted;
  return (
    (rule.url === undefined || fits(rule.url, page.path)) &&
    atLeast(rule.seconds_on_page, page.secondsOnPage) &&
    atLeast(rule.scroll_percent, page.scrollPercent) &&
    atLeast(rule.basket_from_cents, page.basketCents) &&
    (rule.basket_left_s === undefined || (page.basketCents > 0 && page.secondsIdle >= rule.basket_left_s)) &&
    (rule.exit_intent !== true || page.leaving) &&
    (rule.custom_event === undefined || page.events.has(rule.custom_event))
  );
}

/** Calls `onMoment` once per rule and page view. The function returned tells what the page itself says. */
export class Watch {
  basketCents = 0;
  private readonly events = new Set<string>();
  private readonly since = performance.now();
  private touchedAt = this.since;
  private leaving = false;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly stopListening = new AbortController();

  constructor(
    private rules: readonly Rule[],
    private readonly onMoment: (rule: Rule) => void,
  ) {
    const { signal } = this.stopListening;
    const touched = (): void => {
      this.touchedAt = performance.now();
    };
    for (const kind of ["pointerdown", "keydown", "scroll"]) addEventListener(kind, touched, { signal, passive: true });
    document.addEventListener(
      "mouseout",
      (event) => {
        this.leaving = event.relatedTarget === null && event.clientY <= 0;
        if (this.leaving) this.check();
        this.leaving = false;
      },
      { signal },
    );
    this.timer = setInterval(() => {
      this.check();
    }, CHECK_EVERY_MS);
  }

  event(name: string): void {
    this.events.add(name);
    this.check();
  }

  stop(): void {
    this.stopListening.abort();
    clearInterval(this.timer);
  }

  private check(): void {
    const now = performance.now();
    const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
    const page: Page = {
      path: location.pathname + location.search,
      secondsOnPage: (now - this.since) / 1000,
      scrollPercent: scrollHeight > clientHeight ? ((scrollTop + clientHeight) / scrollHeight) * 100 : 100,
      basketCents: this.basketCents,
      secondsIdle: (now - this.touchedAt) / 1000,
      leaving: this.leaving,
      events: this.events,
    };
    const due = this.rules.filter((rule) => holds(rule, page));
    this.rules = this.rules.filter((rule) => !due.includes(rule));
    due.forEach(this.onMoment);
  }
}
