/** The demo shop's page: products and a basket, a customer to shop as, and sentences for the chat. */

import { EMPTY, goodsCents, type Product } from "./basket";
import { Checkout } from "./checkout";
import { friendlyCategory, loadCustomers, sentencesFor, type Customer } from "./customers";
import { countryFor, dressPage, loadShop, wordsFor, type DemoShop } from "./demo-shop";
import { button, byId, element, money } from "./page";
import { pictureOf, TINTS } from "./pictures";

type ChatElement = HTMLElement & { ask(text: string): void };
/** What the chat's script leaves behind for the page, as for every shop's page. */
declare global {
  interface Window {
    promobot?: { basket(cents: number): void; context(context: object): void };
  }
}
type Accepted = { code: string | null; applied: () => void };
type Wanted = { product_id: string; quantity: number };

// In the page's address, so that a reload keeps the choices.
const CUSTOMER_FIELD = "customer";
const CURRENCY_FIELD = "currency";
const COUNTRY_FIELD = "country";
const CHANNEL = "web";
const SHOWN = 24; // products
const NOT_ON_SHOW = /beer|wine|liquor|cigarette|tobacco|newspaper/;

const select = byId("customer", HTMLSelectElement);
const profile = byId("profile", HTMLDivElement);
const sentences = byId("sentences", HTMLUListElement);
const trouble = byId("trouble", HTMLParagraphElement);
const chat = document.createElement("promobot-chat") as ChatElement;
chat.setAttribute("basket", ""); // the chat may put products into it
let products: Product[] = [];
let customerId: string | null = null;
let shop: DemoShop = { name: null, demo: null, currencies: [], countries: [] };
let currency: string | null = null;
let country: string | null = null;
let basket = EMPTY;

/** The token of the shopper. Every price needs a fresh token, as a shop's own server would issue it. */
async function token(): Promise<string | null> {
  if (customerId === null) return null;
  const answer = await fetch("/api/session", { method: "POST", body: JSON.stringify({ household_id: customerId }) });
  return ((await answer.json()) as { token?: string }).token ?? null;
}

const checkout = new Checkout(token, (changed) => {
  basket = changed;
  tellChat();
});

/** Tells the chat where the shopper shops, and what is in the basket; it keeps what it was told last. */
function tellChat(): void {
  // Before the chat's script has run, or the chat is in the page, nobody hears it: both tell anew.
  if (window.promobot === undefined || !chat.isConnected) return;
  const lines = basket.lines.map(({ product, quantity }) => ({
    variant_id: product.product_id,
    quantity,
    unit_price_cents: product.price_cents,
  }));
  window.promobot.context({ currency, country, channel: CHANNEL, basket: lines });
  window.promobot.basket(goodsCents(basket));
}
document.addEventListener("promobot:ready", tellChat);

chat.addEventListener("promobot:accepted", (event) => {
  const { code, applied } = (event as CustomEvent<Accepted>).detail;
  if (code === null) return;
  checkout.addCode(code);
  applied();
});
chat.addEventListener("promobot:add", (event) => {
  const { product_id, quantity } = (event as CustomEvent<Wanted>).detail;
  event.preventDefault(); // taken
  void findProduct(product_id).then(
    (product) => {
      checkout.add(product, quantity);
    },
    () => {
      checkout.complain("That product could not be put into the basket. Please try again.");
    },
  );
});

/** A product of the page, or any other product that sells: an offer may be for a rare product. */
async function findProduct(productId: string): Promise<Product> {
  const shown = products.find((product) => product.product_id === productId);
  if (shown !== undefined) return shown;
  const answer = await fetch(`/api/demo/products/${encodeURIComponent(productId)}${inCurrency()}`);
  if (!answer.ok) throw new Error(`the shop answered ${answer.status}`);
  return ((await answer.json()) as { product: Product }).product;
}

const inCurrency = (): string => (currency === null ? "" : `?currency=${currency}`);

async function showProducts(): Promise<void> {
  const requested = currency;
  const trouble = byId("no-products", HTMLParagraphElement);
  try {
    const answer = await fetch(`/api/demo/products${inCurrency()}`);
    if (!answer.ok) throw new Error(`the shop answered ${answer.status}`);
    const body = (await answer.json()) as { currency: string; products: Product[] };
    if (requested !== currency) return; // another one was chosen meanwhile
    currency = body.currency;
    products = body.products.filter((product) => product.price_cents !== null);
    const categories = new Set<string>();
    const shown = products.filter(({ category }) => {
      if (NOT_ON_SHOW.test(category) || categories.has(category) || categories.size === SHOWN) return false;
      categories.add(category);
      return true;
    });
    byId("products", HTMLUListElement).replaceChildren(
      ...(shown.length > 3 ? shown : products).map((product, index) => productTile(product, body.currency, index)),
    );
  } catch {
    trouble.textContent = "The products do not load. Reload the page to try again; the chat works without them.";
    trouble.hidden = false;
  }
}

function photo(url: string): HTMLElement {
  const image = element("img", "");
  image.src = url;
  image.alt = ""; // the title beside it says what it is
  image.loading = "lazy";
  return image;
}

function productTile(product: Product, currency: string, index: number): HTMLElement {
  const picture = element("div", `picture tint-${index % TINTS}`);
  picture.append(product.image_url === "" ? pictureOf(product.category) : photo(product.image_url));
  const say = (made: HTMLButtonElement, word: string): void => {
    made.textContent = word;
    made.setAttribute("aria-label", `${word} to basket: ${product.name}`);
  };
  const add = button("add", "", (made) => {
    checkout.add(product);
    say(made, "Added");
    setTimeout(() => {
      say(made, "Add");
    }, 1500);
  });
  say(add, "Add");
  return element(
    "li",
    "tile",
    picture,
    element("p", "category", friendlyCategory(product.category)),
    element("p", "title", product.name),
    element("div", "buy-row", element("b", "", money(product.price_cents ?? 0, currency)), add),
  );
}

function showProfile(customer: Customer | null): void {
  if (customer === null) {
    profile.replaceChildren(element("p", "fact", "Not signed in. The bot knows nothing about you but what you write."));
    return;
  }
  const parts: HTMLElement[] = [
    element("p", "fact", element("b", "", String(customer.order_count)), ` orders ${wordsFor(shop).period}`),
  ];
  const chips = customer.top_categories.map((category) => element("li", "", friendlyCategory(category)));
  if (chips.length > 0) parts.push(element("p", "small", "Buys most often"), element("ul", "chips", ...chips));
  if (customer.last_order_number !== null) parts.push(orderLine(customer.last_order_number));
  if (customer.holdout) {
    parts.push(element("p", "small", "In the comparison group: this customer never sees offers."));
  }
  profile.replaceChildren(...parts);
}

function orderLine(orderNumber: string): HTMLElement {
  const number = element("b", "number", orderNumber);
  const copy = button("quiet", "Copy", (made) => {
    navigator.clipboard.writeText(orderNumber).then(
      () => (made.textContent = "Copied"),
      () => getSelection()?.selectAllChildren(number), // not a secure page: selected, to copy by hand
    );
  });
  copy.setAttribute("aria-label", `Copy order number ${orderNumber}`);
  return element("p", "order", "Last order ", number, copy);
}

function showSentences(customer: Customer | null): void {
  const items = sentencesFor(customer, wordsFor(shop).goods).map((sentence) =>
    element(
      "li",
      "",
      button("sentence", sentence, () => {
        chat.ask(sentence);
      }),
    ),
  );
  sentences.replaceChildren(...items);
}

function shopAs(customer: Customer | null): void {
  if (customer === null) chat.removeAttribute("household");
  else chat.setAttribute("household", customer.customer_id);
  customerId = customer?.customer_id ?? null;
  checkout.changed();
  showProfile(customer);
  showSentences(customer);
}

/** Writes a choice into the page's address; null takes it out. */
function remember(field: string, value: string | null): void {
  const address = new URL(location.href);
  if (value === null) address.searchParams.delete(field);
  else address.searchParams.set(field, value);
  history.replaceState(null, "", address);
}

const remembered = (field: string): string | null => new URLSearchParams(location.search).get(field);

async function payIn(code: string | null): Promise<void> {
  currency = code;
  deliverTo(countryFor(currency, shop.countries, country));
  await showProducts();
  await checkout.payIn(currency, findProduct).catch(() => {
    checkout.complain("The prices are not available right now. Please try again.");
  });
}

function deliverTo(code: string | null): void {
  country = code;
  byId("country", HTMLSelectElement).value = code ?? "";
  checkout.deliverTo(code);
}

/** Another country, and with it the currency in which delivery there costs. */
async function chooseCountry(code: string): Promise<void> {
  remember(COUNTRY_FIELD, code);
  deliverTo(code);
  const paid = shop.countries.find((known) => known.code === code)?.currency ?? null;
  if (paid === null || paid === currency || !shop.currencies.includes(paid)) {
    checkout.changed();
    return;
  }
  byId("currency", HTMLSelectElement).value = paid;
  remember(CURRENCY_FIELD, paid);
  await payIn(paid);
}

function offerCountries(): void {
  const names = new Intl.DisplayNames(document.documentElement.lang, { type: "region" });
  const choice = byId("country", HTMLSelectElement);
  choice.replaceChildren(...shop.countries.map(({ code }) => new Option(names.of(code) ?? code, code)));
  byId("country-choice", HTMLLabelElement).hidden = shop.countries.length < 2;
  country = shop.countries.find(({ code }) => code === remembered(COUNTRY_FIELD))?.code ?? null;
  choice.addEventListener("change", () => {
    void chooseCountry(choice.value);
  });
}

async function openShop(): Promise<void> {
  shop = await loadShop().catch(() => shop);
  dressPage(shop);
  chat.setAttribute("heading", shop.name ?? "Demo shop");
  offerCountries();
  const choice = byId("currency", HTMLSelectElement);
  choice.replaceChildren(...shop.currencies.map((code) => new Option(code, code)));
  byId("currency-choice", HTMLLabelElement).hidden = shop.currencies.length < 2;
  currency = shop.currencies.find((code) => code === remembered(CURRENCY_FIELD)) ?? shop.currencies[0] ?? null;
  if (currency !== null) choice.value = currency;
  choice.addEventListener("change", () => {
    remember(CURRENCY_FIELD, choice.value);
    void payIn(choice.value).then(() => {
      remember(COUNTRY_FIELD, country);
    });
  });
}

async function start(): Promise<void> {
  await openShop();
  let customers: Customer[] = [];
  try {
    customers = await loadCustomers();
  } catch {
    trouble.textContent =
      "The list of customers does not load. Reload the page to try again; the chat works without it.";
    trouble.hidden = false;
  }
  for (const customer of customers) {
    select.append(new Option(`${customer.customer_id} · ${customer.order_count} orders`, customer.customer_id));
  }
  const find = (id: string | null): Customer | null =>
    customers.find((customer) => customer.customer_id === id) ?? null;

  const first = find(remembered(CUSTOMER_FIELD));
  select.value = first?.customer_id ?? "";
  shopAs(first);
  select.addEventListener("change", () => {
    const chosen = find(select.value);
    remember(CUSTOMER_FIELD, chosen?.customer_id ?? null);
    shopAs(chosen);
  });
  deliverTo(countryFor(currency, shop.countries, country));
  document.body.append(chat); // only now, so that the chat never begins as somebody else
  tellChat();
  await payIn(currency);
}

void start();
