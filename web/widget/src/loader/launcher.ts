/** The button that opens the chat, without any library: it is on every page of a shop. */

import { LAUNCHER_WORDS } from "./launcher-words";

const SVG = "http://www.w3.org/2000/svg";
const DRAWINGS = {
  chat: [
    "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4.1c-.5.5-1.4.1-1.4-.6V16a2.5 2.5 0 0 1-1-2z",
    "M8 8h8M8 11.5h5",
  ],
  close: ["m6 9 6 6 6-6"],
};

function drawing(name: keyof typeof DRAWINGS): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const shape of DRAWINGS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", shape);
    svg.append(path);
  }
  return svg;
}

function span(className: string, text: string): HTMLSpanElement {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

export class Launcher {
  readonly button = document.createElement("button");
  readonly #teaser = document.createElement("button");
  #open = false;

  constructor(root: ShadowRoot, language: string, onToggle: (open: boolean) => void) {
    this.#words = LAUNCHER_WORDS(language);
    this.button.type = this.#teaser.type = "button";
    this.button.className = "launcher";
    this.button.setAttribute("aria-controls", "panel");
    this.button.addEventListener("click", () => {
      onToggle(!this.#open);
    });
    this.#teaser.className = "teaser";
    this.#teaser.hidden = true;
    this.#teaser.addEventListener("click", () => {
      onToggle(true);
    });
    root.append(this.#teaser, this.button);
    this.show({ open: false, unread: 0, teaser: null });
  }

  readonly #words: ReturnType<typeof LAUNCHER_WORDS>;

  show({ open, unread, teaser }: { open: boolean; unread: number; teaser: string | null }): void {
    const closedNow = this.#open && !open;
    this.#open = open;
    this.button.setAttribute("aria-label", open ? this.#words.close : this.#words.open);
    this.button.setAttribute("aria-expanded", String(open));
    this.button.replaceChildren(drawing(open ? "close" : "chat"));
    if (unread > 0) {
      const badge = span("unread", "");
      const count = span("", String(unread));
      count.setAttribute("aria-hidden", "true");
      badge.append(count, span("for-reader", this.#words.unread(unread)));
      this.button.append(badge);
    }
    this.#teaser.hidden = open || teaser === null;
    this.#teaser.textContent = teaser;
    if (closedNow) this.button.focus();
  }
}
