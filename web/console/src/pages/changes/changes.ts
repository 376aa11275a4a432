/** Changes of orders that customers asked for: their states and filters. The filters are part of the page's address. */

import type { ListedChange } from "../../app/api";

export type ChangeState = ListedChange["state"];
export type ChangeKind = ListedChange["kind"];

export const STATES: ChangeState[] = ["asked", "sent", "confirmed", "refused", "failed"];

const SETTLED_COLORS: Partial<Record<ChangeState, string>> = { confirmed: "teal", refused: "orange", failed: "red" };

/** The colour of a state's badge; what still waits for the shop is grey. */
export const colorOf = (state: ChangeState): string => SETTLED_COLORS[state] ?? "gray";

export const KIND_NAMES: Record<ChangeKind, string> = {
  cancel: "Cancel",
  return: "Return",
  address: "New address",
  payment: "Other payment",
  items: "Other options",
  exchange: "Exchange",
  account_address: "New address of the account",
};

const FILTERS = ["state", "kind", "number"] as const;
export type ChangeFilters = Partial<Record<(typeof FILTERS)[number], string>>;

/** The filters in an address; other parameters are ignored. */
export function readFilters(search: URLSearchParams): ChangeFilters {
  const found: ChangeFilters = {};
  for (const name of FILTERS) {
    const value = search.get(name)?.trim();
    if (value) found[name] = value;
  }
  return found;
}

/** The filters as a query string without empty values; `before` is the last id of the page before. */
export function toQuery(filters: ChangeFilters, before: string | null = null): string {
  const query = new URLSearchParams();
  for (const name of FILTERS) {
    const value = filters[name]?.trim();
    if (value) query.set(name, value);
  }
  if (before !== null) query.set("before", before);
  return query.toString();
}

/** What of the order is meant: "2 × MUG, 1 × TENT for TENT-L", or the whole order. */
export function linesInWords(lines: ListedChange["lines"]): string {
  if (lines.length === 0) return "Whole order";
  return lines
    .map(({ quantity, variant_id, new_variant_id }) =>
      new_variant_id ? `${quantity} × ${variant_id} for ${new_variant_id}` : `${quantity} × ${variant_id}`,
    )
    .join(", ");
}

/** Whether a person may still say what the shop decided: its first answer stands. */
export const isUnanswered = (change: Pick<ListedChange, "settled_at">): boolean => change.settled_at === null;
