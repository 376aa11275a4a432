/** Whose a memory is, and where it lies. Used by the loader and by the panel. */

/** Who is chatting: a customer whose token the shop signed, a household of the demo, or a stranger. */
export type Identified = { token: string } | { household: string | null };

/** Whose a token of the shop is. Only the gateway judges it; here it tells one shopper's memory from another's. */
export function ownerOf(token: string): string {
  try {
    const claims = token.split(".")[1]?.replace(/-/g, "+").replace(/_/g, "/") ?? "";
    const { customer_id, sub } = JSON.parse(atob(claims)) as { customer_id?: unknown; sub?: unknown };
    if (typeof customer_id === "string") return `customer.${customer_id}`;
    if (typeof sub === "string") return `stranger.${sub}`;
  } catch {
    // no token at all: the gateway will say so
  }
  return "unknown";
}

export const ANONYMOUS = "anonymous";

export const ownerOfIdentity = (identity: Identified): string =>
  "token" in identity ? ownerOf(identity.token) : (identity.household ?? ANONYMOUS);

export const memoryKey = (owner: string): string => `promobot.${owner}`;

/** Clears what is remembered of somebody, undelivered messages too. */
export function forget(owner: string): void {
  const key = memoryKey(owner);
  try {
    for (const one of Object.keys(localStorage)) {
      if (one === key || one.startsWith(`${key}.`)) localStorage.removeItem(one);
    }
  } catch {
    // storage is forbidden: there is nothing to forget
  }
}
