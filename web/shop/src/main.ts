/** The demo shop's page: choose a household, see who it is, and hand sentences to the chat. */

import { friendlyCategory, loadCustomers, sentencesFor, type Customer } from "./customers";

type ChatElement = HTMLElement & { ask(text: string): void };

const ADDRESS_FIELD = "household"; // in the page's address, so that a reload keeps the choice

function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

const select = byId("household", HTMLSelectElement);
const profile = byId("profile", HTMLDivElement);
const sentences = byId("sentences", HTMLUListElement);
const trouble = byId("trouble", HTMLParagraphElement);
const chat = document.createElement("promobot-chat") as ChatElement;
chat.setAttribute("heading", "Larder & Lane");

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

function button(className: string, label: string, onClick: (made: HTMLButtonElement) => void): HTMLButtonElement {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", () => {
    onClick(made);
  });
  return made;
}

function showProfile(customer: Customer | null): void {
  if (customer === null) {
    profile.replaceChildren(element("p", "fact", "Not signed in. The bot knows nothing about you but what you write."));
    return;
  }
  const parts: HTMLElement[] = [
    element("p", "fact", element("b", "", String(customer.order_count)), " orders in a year"),
  ];
  const chips = customer.top_categories.map((category) => element("li", "", friendlyCategory(category)));
  if (chips.length > 0) parts.push(element("p", "small", "Buys most often"), element("ul", "chips", ...chips));
  if (customer.last_order_id !== null) parts.push(orderLine(customer.last_order_id));
  if (customer.holdout) {
    parts.push(element("p", "small", "In the comparison group: this household never sees offers."));
  }
  profile.replaceChildren(...parts);
}

function orderLine(orderId: string): HTMLElement {
  const number = element("b", "number", orderId);
  const copy = button("quiet", "Copy", (made) => {
    navigator.clipboard.writeText(orderId).then(
      () => (made.textContent = "Copied"),
      () => getSelection()?.selectAllChildren(number), // not a secure page: selected, to copy by hand
    );
  });
  copy.setAttribute("aria-label", `Copy order number ${orderId}`);
  return element("p", "order", "Last order ", number, copy);
}

function showSentences(customer: Customer | null): void {
  const items = sentencesFor(customer).map((sentence) =>
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
  showProfile(customer);
  showSentences(customer);
}

async function start(): Promise<void> {
  let customers: Customer[] = [];
  try {
    customers = await loadCustomers();
  } catch {
    trouble.textContent =
      "The list of households does not load. Reload the page to try again; the chat works without it.";
    trouble.hidden = false;
  }
  for (const customer of customers) {
    select.append(new Option(`${customer.customer_id} · ${customer.order_count} orders`, customer.customer_id));
  }
  const find = (id: string | null): Customer | null =>
    customers.find((customer) => customer.customer_id === id) ?? null;

  const remembered = find(new URLSearchParams(location.search).get(ADDRESS_FIELD));
  select.value = remembered?.customer_id ?? "";
  shopAs(remembered);
  document.body.append(chat); // only now, so that the chat never begins as somebody else

  select.addEventListener("change", () => {
    const chosen = find(select.value);
    const address = new URL(location.href);
    if (chosen === null) address.searchParams.delete(ADDRESS_FIELD);
    else address.searchParams.set(ADDRESS_FIELD, chosen.customer_id);
    history.replaceState(null, "", address);
    shopAs(chosen);
  });
}

void start();
