import { expect, test } from "vitest";
import { isUnanswered, linesInWords, readFilters, toQuery } from "./changes";

test("filters survive the way into the address and back", () => {
  const filters = { state: "failed", kind: "return", number: "#1001 & more" };
  expect(readFilters(new URLSearchParams(toQuery(filters)))).toEqual(filters);
});

test("what is empty, or no filter, is left out", () => {
  expect(readFilters(new URLSearchParams("state=&number=%20&page=3"))).toEqual({});
  expect(toQuery({ state: "", number: "  " })).toBe("");
});

test("a page further back keeps the filters", () => {
  expect(toQuery({ state: "sent" }, "17-ab")).toBe("state=sent&before=17-ab");
});

test("requested lines are named, and none of them means the whole order", () => {
  expect(linesInWords([])).toBe("Whole order");
  expect(
    linesInWords([
      { variant_id: "MUG", quantity: 2, new_variant_id: "" },
      { variant_id: "TENT", quantity: 1, new_variant_id: "TENT-L" },
    ]),
  ).toBe("2 × MUG, 1 × TENT for TENT-L");
});

test("a request that failed has no answer yet; one that is settled has", () => {
  expect(isUnanswered({ settled_at: null })).toBe(true);
  expect(isUnanswered({ settled_at: "2026-11-22T10:00:00Z" })).toBe(false);
});
