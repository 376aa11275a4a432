/** The card of the basket: lines, codes, the price that the engine quotes, and the order. */

import { EMPTY, pieces, withCode, withoutCode, withPieces, type Basket, type Product } from "./basket";
import { button, byId, element, money } from "./page";

const STORED_AS = "shop.basket"; // for the tab, so that a reload keeps it

type Amount = { full_cents: number; discount_cents: number; after_cents: number };
type Quote = {
  currency: string;
  lines: (Amount & { line_id: string })[];
  delivery: Amount;
  applied: { code: string | null; discount_cents: number }[];
  refused: { code: string | null; reason: string }[];
  discount_cents: number;
  total_cents: number;
  /** Whether the shop says what delivery to the country costs in the currency; else the total is without it. */
  delivery_known: boolean;
};

export class Checkout {
  private basket: Basket = stored();
  private quoted: Quote | null = null;
  private trouble = "";
  private bought: { orderId: string; total: string; saved: string | null } | null = null;
  private orderId = newOrderId();
  private currency: string | null = null;
  private country: string | null = null;
  /** Counts the requests of a price, so that a late answer is recognised. */
  private quotes = 0;
  private readonly content = byId("basket-content", HTMLDivElement);
  /** Every drawing keeps this field, so that a price that arrives does not remove a half-typed code. */
  private readonly code = element("input", "");
  private readonly codeForm = this.makeCodeForm();

  constructor(
    private readonly token: () => Promise<string | null>,
    private readonly onChange: (basket: Basket) => void,
  ) {}

  /** Prices in this currency from now on (null: the shop's own). What `find` finds no price for leaves the basket. */
  async payIn(currency: string | null, find: (productId: string) => Promise<Product>): Promise<void> {
    this.currency = currency;
    const priced = await Promise.all(
      this.basket.lines.map(async (line) => ({ ...line, product: await find(line.product.product_id) })),
    );
    const lines = priced.filter((line) => line.product.price_cents !== null);
    if (lines.length > 0) this.put({ ...this.basket, lines });
    else this.changed();
  }

  /** Prices with delivery to this country from the next price on; null: the shop's first. */
  deliverTo(country: string | null): void {
    this.country = country;
  }

  add(product: Product, quantity = 1): void {
    this.bought = null;
    this.put(withPieces(this.basket, product, quantity));
  }

  addCode(code: string): void {
    this.put(withCode(this.basket, code));
  }

  complain(trouble: string): void {
    this.trouble = trouble;
    this.draw();
  }

  /** Stores the basket at every change; a page that is only viewed stores nothing. */
  private put(basket: Basket): void {
    this.basket = basket;
    sessionStorage.setItem(STORED_AS, JSON.stringify(basket));
    this.changed();
  }

  /** Draws again and requests a new price; it depends on the shopper. */
  changed(): void {
    this.onChange(this.basket);
    byId("count", HTMLSpanElement).textContent = String(pieces(this.basket));
    this.trouble = "";
    this.draw();
    void this.quote();
  }

  private async quote(): Promise<void> {
    const request = (this.quotes += 1);
    if (this.currency === null || this.basket.lines.length === 0) {
      this.quoted = null;
      return;
    }
    const answer = await this.ask("quote", {}).catch(() => null);
    if (request !== this.quotes) return; // the basket has changed meanwhile
    if (answer?.ok === true) this.quoted = (await answer.json()) as Quote;
    else this.trouble = "The price is not available right now. Please try again.";
    this.draw();
  }

  private async buy(): Promise<void> {
    const answer = await this.ask("orders", { order_id: this.orderId }).catch(() => null);
    const body = (await answer?.json().catch(() => null)) as { quote?: Quote; message?: string } | null;
    if (answer?.ok !== true || body?.quote === undefined) {
      this.complain(body?.message ?? "The order did not go through. Please try again; nothing is bought twice.");
      return;
    }
    const { currency, total_cents, discount_cents } = body.quote;
    this.bought = {
      orderId: this.orderId,
      total: money(total_cents, currency),
      saved: discount_cents > 0 ? money(discount_cents, currency) : null,
    };
    this.orderId = newOrderId();
    this.put(EMPTY);
  }

  private async ask(what: string, more: object): Promise<Response> {
    const lines = this.basket.lines.map((line) => ({
      product_id: line.product.product_id,
      quantity: line.quantity,
    }));
    const { codes } = this.basket;
    const { currency, country } = this;
    const body = { token: await this.token(), lines, codes, currency, country, ...more };
    return fetch(`/api/demo/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  private draw(): void {
    const parts: HTMLElement[] = [];
    if (this.bought !== null) parts.push(this.thanks(this.bought));
    else if (this.basket.lines.length === 0) parts.push(element("p", "small", "Nothing in it yet."));
    if (this.basket.lines.length > 0) parts.push(this.lines());
    if (this.bought === null || this.basket.lines.length > 0) parts.push(this.codes());
    if (this.basket.lines.length > 0) parts.push(...this.prices());
    if (this.trouble !== "") {
      const trouble = element("p", "trouble", this.trouble);
      trouble.setAttribute("role", "alert");
      parts.push(trouble);
    }
    const typing = document.activeElement === this.code;
    this.content.replaceChildren(...parts);
    if (typing) this.code.focus();
  }

  private thanks({ orderId, total, saved }: NonNullable<Checkout["bought"]>): HTMLElement {
    const words = saved === null ? `You paid ${total}.` : `You paid ${total} and saved ${saved}.`;
    return element(
      "div",
      "thanks",
      element("p", "fact", element("b", "", "Thank you for your order!")),
      element("p", "small", `${words} Order ${orderId}.`),
    );
  }

  private lines(): HTMLElement {
    const rows = this.basket.lines.map(({ product, quantity }, index) => {
      const quoted = this.quoted?.lines[index];
      const full = (product.price_cents ?? 0) * quantity;
      const less = quoted?.full_cents === full && quoted.discount_cents > 0;
      const step = (label: string, more: number, name: string): HTMLButtonElement => {
        const made = button("step", label, () => {
          this.add(product, more);
        });
        made.setAttribute("aria-label", `${name}: ${product.name}`);
        return made;
      };
      return element(
        "li",
        "line",
        element("span", "what", product.name),
        element(
          "span",
          "steps",
          step("−", -1, "One less"),
          element("b", "", String(quantity)),
          step("+", 1, "One more"),
        ),
        less
          ? element(
              "span",
              "sum",
              element("del", "", this.money(full)),
              " ",
              element("ins", "", this.money(quoted.after_cents)),
            )
          : element("span", "sum", this.money(full)),
      );
    });
    return element("ul", "lines", ...rows);
  }

  /** Empty until the page knows its currency. */
  private money(cents: number): string {
    return this.currency === null ? "" : money(cents, this.currency);
  }

  private makeCodeForm(): HTMLElement {
    const form = element("form", "code");
    const input = this.code;
    input.placeholder = "Code";
    input.setAttribute("aria-label", "Code");
    input.autocomplete = "off";
    input.maxLength = 64;
    const apply = element("button", "quiet", "Apply");
    apply.type = "submit";
    form.append(input, apply);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const code = input.value;
      input.value = "";
      this.addCode(code);
    });
    return form;
  }

  private codes(): HTMLElement {
    const held = this.basket.codes.map((code) => {
      const refused = this.quoted?.refused.find((refusal) => refusal.code === code);
      const applied = this.quoted?.applied.find((use) => use.code === code);
      const remove = button("step", "×", () => {
        this.put(withoutCode(this.basket, code));
      });
      remove.setAttribute("aria-label", `Remove code ${code}`);
      const parts: (Node | string)[] = [element("code", "", code), remove];
      if (refused !== undefined) parts.push(element("span", "refused", `${refused.reason}.`));
      else if (applied !== undefined) {
        parts.push(element("span", "applied", `−${this.money(applied.discount_cents)}`));
      }
      return element("li", "", ...parts);
    });
    return element("div", "", this.codeForm, element("ul", "held", ...held));
  }

  private prices(): HTMLElement[] {
    const buy = button("buy", "Buy now", (made) => {
      made.disabled = true;
      void this.buy();
    });
    if (this.quoted === null) return [buy];
    const { currency, delivery, delivery_known, total_cents, discount_cents } = this.quoted;
    const row = (label: string, value: string, className = ""): HTMLElement =>
      element("p", `row ${className}`, element("span", "", label), element("span", "", value));
    return [
      row("Delivery", delivery_known ? money(delivery.after_cents, currency) : "not known"),
      ...(discount_cents > 0 ? [row("You save", money(discount_cents, currency), "saved")] : []),
      row(delivery_known ? "Total" : "Total without delivery", money(total_cents, currency), "total"),
      buy,
    ];
  }
}

function newOrderId(): string {
  return `web-${Date.now().toString(36)}-${Math.floor(Math.random() * 1e9).toString(36)}`;
}

function stored(): Basket {
  try {
    const found = JSON.parse(sessionStorage.getItem(STORED_AS) ?? "null") as Partial<Basket> | null;
    if (Array.isArray(found?.lines) && Array.isArray(found.codes)) return found as Basket;
  } catch {
    // the stored text is no basket: begin with an empty one
  }
  return EMPTY;
}
