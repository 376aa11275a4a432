/** Customers to shop as, as GET /api/demo/customers lists them. */

export type Customer = {
  customer_id: string;
  order_count: number;
  top_categories: string[];
  last_order_number: string | null;
  holdout: boolean;
};

/** Errors: whatever fetch throws without a network; Error where the shop does not answer with a list. */
export async function loadCustomers(): Promise<Customer[]> {
  const response = await fetch("/api/demo/customers");
  if (!response.ok) throw new Error(`the shop answered ${response.status}`);
  const body = (await response.json()) as { customers?: Customer[] };
  if (!Array.isArray(body.customers)) throw new Error("the answer holds no list of customers");
  return body.customers;
}

/** A category as a shop would write it: "CANDY - PACKAGED" is "Candy, packaged", "BREAD/BUNS/ROLLS" is "Bread, buns and rolls". */
export function friendlyCategory(category: string): string {
  const words = category
    .toLowerCase()
    .trim()
    .replace(/\s+-\s+/g, ", ")
    .replace(/\s*\/\s*(?=[^/]*$)/, " and ")
    .replace(/\s*\/\s*/g, ", ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Sentences to try, the ones about an order with a number that this shopper may ask for, one about goods. */
export function sentencesFor(customer: Customer | null, goods: string | null = null): string[] {
  const order = customer?.last_order_number ?? null;
  const aboutOrder = order === null ? [] : [`Where is my order ${order}?`, `I want to return order ${order}`];
  return [
    ...aboutOrder,
    "Do you have any offers for me?",
    ...(goods === null ? [] : [`Is there an offer on ${goods}?`]),
    "How long does a delivery take?",
    "Which payment methods do you accept?",
    "Am I talking to a bot?",
  ];
}
