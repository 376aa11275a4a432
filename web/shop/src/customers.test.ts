import { describe, expect, it } from "vitest";

import { friendlyCategory, sentencesFor } from "./customers";

describe("categories", () => {
  it.each([
    ["SOFT DRINKS", "Soft drinks"],
    ["CANDY - PACKAGED", "Candy, packaged"],
    ["BAKED BREAD/BUNS/ROLLS", "Baked bread, buns and rolls"],
    ["COOKIES/CONES", "Cookies and cones"],
    ["", ""],
  ])("%s is written %s", (category, friendly) => {
    expect(friendlyCategory(category)).toBe(friendly);
  });
});

describe("sentences to try", () => {
  const customer = { customer_id: "1", order_count: 2, top_categories: [], last_order_number: "311", holdout: false };

  it("name the shopper's own last order", () => {
    expect(sentencesFor(customer)[0]).toBe("Where is my order 311?");
  });

  it("ask for goods of the shop", () => {
    expect(sentencesFor(null, "tents")).toContain("Is there an offer on tents?");
    expect(sentencesFor(null).join()).not.toContain("null");
  });

  it("ask about no order where there is none", () => {
    expect(sentencesFor(null).join()).not.toContain("my order");
    expect(sentencesFor({ ...customer, last_order_number: null })).toEqual(sentencesFor(null));
  });
});
