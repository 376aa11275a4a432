/**
 * widget.js, the one file that a shop's page names:
 *
 *   <script src="https://HOST/widget.js" data-shop="Corner Shop" async></script>
 *
 * It defines <promobot-chat>, adds one to the page when `data-shop` is given and the page has none, and leaves `window.promobot` behind.
 * Its other data attributes become the element's, which knows data-token, data-household, data-lang and data-basket.
 * With data-code-url="/discount/{code}" an accepted code is put into the shop's basket by fetching that address.
 */

import type { PageContext, PageFrame } from "../chat/protocol";
import { defineElement } from "./element";

type ChatElement = HTMLElement & {
  open(): void;
  close(): void;
  ask(text: string): void;
  basket(cents: number): void;
  tell(frame: PageFrame): void;
  event(name: string): void;
};

const script = document.currentScript as HTMLScriptElement;
const server = new URL(script.src).origin;

function element(): ChatElement | null {
  return document.querySelector<ChatElement>("promobot-chat");
}

function addElement(): void {
  if (script.dataset.shop === undefined || element() !== null) return;
  const made = document.createElement("promobot-chat");
  made.addEventListener("promobot:accepted", applyCode);
  for (const [name, value = ""] of Object.entries(script.dataset)) {
    made.setAttribute(name === "shop" ? "heading" : name, value);
  }
  document.body.append(made);
}

/** Lets the shop take the code into its basket; where that fails the code stays in the chat, to be typed. */
function applyCode(event: Event): void {
  const { detail } = event as CustomEvent<{ code: string | null; applied(): void }>;
  const { codeUrl } = script.dataset;
  if (codeUrl === undefined || detail.code === null) return;
  void fetch(codeUrl.replace("{code}", encodeURIComponent(detail.code)), { mode: "same-origin" }).then(({ ok }) => {
    if (ok) detail.applied();
  }, console.warn);
}

const promobot = {
  open: () => element()?.open(),
  close: () => element()?.close(),
  ask: (text: string) => element()?.ask(text),
  /** The shopper has signed in with this token, or out (null). */
  identify: (token: string | null) => {
    if (token === null) element()?.removeAttribute("token");
    else element()?.setAttribute("token", token);
  },
  basket: (cents: number) => element()?.basket(cents),
  context: (context: PageContext) => element()?.tell({ ...context, type: "context" }),
  event: (name: string) => element()?.event(name),
};

/** Only once the element is there: what the page says before would be said to nobody. */
function start(): void {
  addElement();
  Object.assign(window, { promobot });
  document.dispatchEvent(new Event("promobot:ready"));
}

defineElement(server);
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
