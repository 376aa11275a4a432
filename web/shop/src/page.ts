import { decimalsOf, inCurrency } from "@promobot/shared/money";

/** Small pieces that every part of the page is made of. */

export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

export function button(
  className: string,
  label: string,
  onClick: (made: HTMLButtonElement) => void,
): HTMLButtonElement {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", () => {
    onClick(made);
  });
  return made;
}

/** An amount in the language of the page. */
export const money = (cents: number, currency: string): string =>
  inCurrency(cents, currency, document.documentElement.lang, decimalsOf(currency));
