/** Amounts of money for people to read. Every amount is in cents, the smallest unit of its currency. */

const WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const WITH_THREE = "BHD IQD JOD KWD LYD OMR TND";

/** Decimals by ISO 4217, in which amounts are counted. Intl goes by how amounts look and hides the cents of HUF, for one. */
export const decimalsOf = (currency: string): number =>
  WITHOUT_DECIMALS.includes(currency) ? 0 : WITH_THREE.includes(currency) ? 3 : 2;

/** In the currency's own form, such as "€ 3,50"; a currency without cents (JPY) has as many units as `cents`. */
export const inCurrency = (cents: number, currency: string, language: string, decimals = 2): string =>
  new Intl.NumberFormat(language, {
    style: "currency",
    currency,
    minimumFractionDigits: decimals, // as the most too: Intl shows no more than these of any currency
  }).format(cents / 10 ** decimals);

/** In units of the shop's currency, without its name: 1234 is "12.34". */
export function inUnits(cents: number): string {
  return (cents / 100).toFixed(2);
}

/** How many of an amount's units are one of the currency's: 100 for EUR, 1 for JPY. */
export const unitsOf = (currency: string): number => 10 ** decimalsOf(currency);

/** For a table of amounts: without decimals from 100 units of the currency on; "—" for no amount. */
export function inTable(cents: number | null | undefined, currency: string): string {
  if (cents === null || cents === undefined || !Number.isFinite(cents)) return "—";
  const size = Math.abs(cents) / unitsOf(currency);
  const decimals = size >= 100 ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {};
  const text = new Intl.NumberFormat("en", { style: "currency", currency, ...decimals }).format(size);
  return `${cents < 0 ? "−" : ""}${text}`;
}

/** Short amounts for the marks of an axis: thousands from 10,000 units of the currency on. */
export function inShort(cents: number, currency: string): string {
  const size = Math.abs(cents) / unitsOf(currency);
  if (size < 10_000) return inTable(cents, currency);
  const format = { style: "currency", currency, minimumFractionDigits: 0, maximumFractionDigits: 0 } as const;
  return `${cents < 0 ? "−" : ""}${new Intl.NumberFormat("en", format).format(size / 1_000)}k`;
}
