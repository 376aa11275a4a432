/** The filters of the list. They are part of the page's address, so that a view can be saved and shared. */

export const FILTER_NAMES = [
  "q",
  "started_from",
  "started_until",
  "customer",
  "channel",
  "confidence_below",
  "fallback",
  "handed_over",
  "flagged",
  "taken",
  "intent",
  "sentiment",
  "offer",
  "outcome",
  "tag",
  "rating",
  "assigned",
  "policy",
  "policy_line",
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];
export type Filters = Partial<Record<FilterName, string>>;

/** The filters in an address; other parameters are ignored. */
export function readFilters(search: URLSearchParams): Filters {
  const filters: Filters = {};
  for (const name of FILTER_NAMES) {
    const value = search.get(name);
    if (value) filters[name] = value;
  }
  return filters;
}

/** The filters as a query string, without empty values, in a fixed order. */
export function toQuery(filters: Filters, more: Record<string, string> = {}): string {
  const query = new URLSearchParams();
  for (const name of FILTER_NAMES) {
    const value = filters[name];
    if (value) query.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return query.toString();
}
