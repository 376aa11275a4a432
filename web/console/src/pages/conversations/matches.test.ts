import { expect, test } from "vitest";
import { around, splitAtMatches } from "./matches";

const found = (text: string, search: string) =>
  splitAtMatches(text, search)
    .filter((piece) => piece.found)
    .map((piece) => piece.text);

test("words stand out where one begins, in any case", () => {
  expect(found("Where is my Order? An order!", "order WHERE")).toEqual(["Where", "Order", "order"]);
  expect(found("reorder", "order")).toEqual([]);
});

test("nothing of a search is a pattern, and nothing of the text is lost", () => {
  expect(found("a.c and abc", "a.c")).toEqual(["a", "c", "a", "a"]);
  expect(splitAtMatches("<b>x</b>", ".*").map((piece) => piece.text)).toEqual(["<b>x</b>"]);
  for (const search of ["b", "x b", "(", ""]) {
    expect(splitAtMatches("<b>x</b>", search).map((piece) => piece.text).join("")).toBe("<b>x</b>"); // prettier-ignore
  }
});

test("a long text begins shortly before what was found", () => {
  const text = `${"word ".repeat(40)}and then the order came late`;
  expect(around(text, "order")).toMatch(/^… .{0,24}order came late$/);
  expect(around("the order", "order")).toBe("the order");
  expect(around(text, "nothing")).toBe(text);
});
