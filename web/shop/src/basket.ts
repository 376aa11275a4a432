/** What the shopper wants to buy, and which codes. Pure; the page keeps it for the tab. */

export type Product = {
  product_id: string;
  name: string;
  category: string;
  brand: string;
  /** null: no price in the currency. */
  price_cents: number | null;
  /** Empty where the shop has no picture. */
  image_url: string;
};

export type Basket = { lines: readonly Line[]; codes: readonly string[] };
export type Line = { product: Product; quantity: number };

export const EMPTY: Basket = { lines: [], codes: [] };
const MOST_PIECES = 99;

/** More, or with a negative number fewer, of a product; none is no line. */
export function withPieces(basket: Basket, product: Product, more: number): Basket {
  const known = basket.lines.find((line) => line.product.product_id === product.product_id);
  const quantity = Math.min(MOST_PIECES, Math.max(0, (known?.quantity ?? 0) + more));
  const lines =
    known === undefined
      ? [...basket.lines, { product, quantity }]
      : basket.lines.map((line) => (line === known ? { product, quantity } : line));
  return { ...basket, lines: lines.filter((line) => line.quantity > 0) };
}

/** A code is in the basket once, however it was typed. */
export function withCode(basket: Basket, typed: string): Basket {
  const code = typed.trim().toUpperCase();
  return code === "" || basket.codes.includes(code) ? basket : { ...basket, codes: [...basket.codes, code] };
}

export function withoutCode(basket: Basket, code: string): Basket {
  return { ...basket, codes: basket.codes.filter((held) => held !== code) };
}

export const goodsCents = (basket: Basket): number =>
  basket.lines.reduce((sum, line) => sum + (line.product.price_cents ?? 0) * line.quantity, 0);

export const pieces = (basket: Basket): number => basket.lines.reduce((sum, line) => sum + line.quantity, 0);
