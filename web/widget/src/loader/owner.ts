/** Who is chatting, and where their conversation is remembered. The loader and the panel use it. */

/** A customer whose token the shop signed, a household of the demo, or an anonymous shopper (null). */
export type Identity = { token: string } | { household: string | null };

/** The owner that a token of the shop names. Only the gateway verifies it; here it keeps the memories of shoppers apart. */
export function ownerOf(token: string): string {
  const parts = token.split(".");
  // A theme's claim: c1.CUSTOMER.EXPIRES.SIGNATURE, and a customer's id may hold dots.
  if (parts[0] === "c1") return `customer.${parts.slice(1, -2).join(".")}`;
  try {
    const claims = parts[1]?.replace(/-/g, "+").replace(/_/g, "/") ?? "";
    const { customer_id, sub } = JSON.parse(atob(claims)) as { customer_id?: unknown; sub?: unknown };
    if (typeof customer_id === "string") return `customer.${customer_id}`;
    if (typeof sub === "string") return `stranger.${sub}`;
  } catch {
    // not a token: the gateway will refuse it
  }
  return "unknown";
}

export const ANONYMOUS = "anonymous";

export const ownerOfIdentity = (identity: Identity): string =>
  "token" in identity ? ownerOf(identity.token) : (identity.household ?? ANONYMOUS);

export const memoryKey = (owner: string): string => `promobot.${owner}`;

/** Deletes what is remembered of an owner, undelivered messages too. */
export function forget(owner: string): void {
  const key = memoryKey(owner);
  try {
    for (const item of Object.keys(localStorage)) {
      if (item === key || item.startsWith(`${key}.`)) localStorage.removeItem(item);
    }
  } catch {
    // storage is forbidden: there is nothing to forget
  }
}
