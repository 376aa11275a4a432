/** What shop this is, as GET /api/demo/shop tells, and the words of its page. */

import { byId } from "./page";

export type DemoShop = {
  name: string | null;
  /** A made-up shop over simulated or over recorded purchases; null: a shop of its own. */
  demo: "simulated" | "recorded" | null;
  /** The shop's own first. */
  currencies: string[];
  countries: Country[];
};

/** One that the shop delivers to, and in which currency delivery there costs; null: the shop does not say. */
export type Country = { code: string; currency: string | null };

/** The country to deliver to with prices in `currency`: the present one, unless its delivery costs another currency. */
export function countryFor(currency: string | null, countries: readonly Country[], now: string | null): string | null {
  const fits = (country: Country): boolean => country.currency === null || country.currency === currency;
  const present = countries.find(({ code }) => code === now);
  if (present !== undefined && fits(present)) return present.code;
  return (countries.find(fits) ?? present ?? countries[0])?.code ?? null;
}

type Words = {
  badge: string;
  heading: string;
  intro: string;
  products: string;
  /** Over which time its customers' orders are counted. */
  period: string;
  /** Something it sells, for a question to try. */
  goods: string | null;
  real: string;
};

const FILL =
  "Fill the basket, pick a customer, and see which offer the bot chooses. The checkout really prices baskets and uses " +
  "up codes; nothing is sent.";

const WORDS: Record<"simulated" | "recorded" | "own", Words> = {
  simulated: {
    badge: "Simulated shop",
    heading: "Gear for hills and water",
    intro: `A simulated shop, made to try the chat in the corner. ${FILL}`,
    products: "What sells best",
    period: "in three years",
    goods: "tents",
    real:
      "Nothing here exists: products, pictures, customers, orders and parcels are simulated, from a program of this " +
      "project. How often the customers come back follows a model that was fitted to the customers of a real shop.",
  },
  recorded: {
    badge: "Demo shop",
    heading: "Groceries from the lane next door",
    intro: `An imaginary shop, made to try the chat in the corner. ${FILL}`,
    products: "What everybody buys",
    period: "in a year",
    goods: null,
    real:
      "The customers are households, and their orders, what they bought and what it cost come from Complete Journey, a " +
      "public year of grocery purchases by 2,469 households, moved in time so that the last purchase is today. The " +
      "delivery states are made up, and the shop does not exist.",
  },
  own: {
    badge: "Demo page",
    heading: "Try the chat",
    intro: `A page to try the chat in the corner with this shop's own products. ${FILL}`,
    products: "What sells best",
    period: "so far",
    goods: null,
    real: "Products, customers and orders are the shop's own. This page sells nothing.",
  },
};

export const wordsFor = (shop: DemoShop): Words => WORDS[shop.demo ?? "own"];

/** Errors: whatever fetch throws without a network; Error where the gateway does not answer with a shop. */
export async function loadShop(): Promise<DemoShop> {
  const answer = await fetch("/api/demo/shop");
  if (!answer.ok) throw new Error(`the shop answered ${answer.status}`);
  return (await answer.json()) as DemoShop;
}

/** Writes the shop's name and words into the page. */
export function dressPage(shop: DemoShop): void {
  const name = shop.name ?? "Demo shop";
  const words = wordsFor(shop);
  document.title = shop.demo === "simulated" ? `${name}, a simulated shop` : `${name}, a demo shop`;
  const texts = { name, badge: words.badge, heading: words.heading, intro: words.intro, "real-text": words.real };
  for (const [id, text] of Object.entries({ ...texts, "products-title": words.products })) {
    byId(id, HTMLElement).textContent = text;
  }
}
