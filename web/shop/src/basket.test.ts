import { describe, expect, it } from "vitest";

import { EMPTY, goodsCents, pieces, withCode, withoutCode, withPieces, type Product } from "./basket";

const milk: Product = { product_id: "1", name: "Milk", category: "milk", brand: "", price_cents: 263, image_url: "" };
const bread: Product = { ...milk, product_id: "2", name: "Bread", price_cents: 129 };

describe("the basket", () => {
  it("counts pieces and their price", () => {
    const basket = withPieces(withPieces(withPieces(EMPTY, milk, 1), bread, 2), milk, 1);
    expect([pieces(basket), goodsCents(basket)]).toEqual([4, 2 * 263 + 2 * 129]);
  });

  it("has no line of nothing, and at most 99 pieces of a thing", () => {
    expect(withPieces(withPieces(EMPTY, milk, 1), milk, -1).lines).toEqual([]);
    expect(withPieces(EMPTY, milk, -1).lines).toEqual([]);
    expect(pieces(withPieces(EMPTY, milk, 500))).toBe(99);
  });

  it("holds a code once", () => {
    const basket = withCode(withCode(EMPTY, " k7qf-2m9t "), "K7QF-2M9T");
    expect(basket.codes).toEqual(["K7QF-2M9T"]);
    expect(withCode(basket, "  ")).toBe(basket);
    expect(withoutCode(basket, "K7QF-2M9T").codes).toEqual([]);
  });
});
