/** Amounts of money for people to read. Every amount is in cents, the smallest unit of its currency. */

/** In the currency's own form, such as "€ 3,50"; a currency without cents (JPY) has as many units as `cents`. */
export function inCurrency(cents: number, currency: string, language: string): string {
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  return format.format(cents / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** In units of the shop's currency, without its name: 1234 is "12.34". */
export function inUnits(cents: number): string {
  return (cents / 100).toFixed(2);
}

// Marked pure, so that the bundles of widget and shop leave them out.
const whole = /* @__PURE__ */ new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const exact = /* @__PURE__ */ new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** In dollars, the currency of the studio's data: without cents from 100 dollars on; "—" for no amount. */
export function inDollars(cents: number | null | undefined): string {
  if (cents === null || cents === undefined || !Number.isFinite(cents)) return "—";
  const size = Math.abs(cents);
  const text = size >= 10_000 ? whole.format(size / 100) : exact.format(size / 100);
  return `${cents < 0 ? "−" : ""}$${text}`;
}

/** Short dollars for the marks of an axis: thousands from 10,000 dollars on. */
export function inShortDollars(cents: number): string {
  if (Math.abs(cents) < 1_000_000) return inDollars(cents);
  return `${cents < 0 ? "−" : ""}$${whole.format(Math.abs(cents) / 100_000)}k`;
}
