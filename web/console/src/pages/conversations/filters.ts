/** The filters of the list, which live in the page's address so that a view can be kept and sent. */

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

/** What of an address is a filter. */
export function readFilters(search: URLSearchParams): Filters {
  const filters: Filters = {};
  for (const name of FILTER_NAMES) {
    const value = search.get(name);
    if (value) filters[name] = value;
  }
  return filters;
}

/** The filters as a query string, without empty ones, in one order. */
export function toQuery(filters: Filters, more: Record<string, string> = {}): string {
  const query = new URLSearchParams();
  for (const name of FILTER_NAMES) {
    const value = filters[name];
    if (value) query.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return query.toString();
}

/** Local days as the date picker gives them, to moments: from the day's beginning until the next day's. */
export function dayToMoment(day: string, addDays = 0): string {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + addDays);
  return date.toISOString();
}

/** The local day of a moment. */
export function momentToDay(iso: string | undefined, addDays = 0): string {
  if (!iso) return "";
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  date.setDate(date.getDate() + addDays);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
