import { expect, test } from "vitest";
import { dollars, marks, named } from "./numbers";

test("money has cents where they matter and a sign before the currency", () => {
  expect(dollars(1234)).toBe("$12.34");
  expect(dollars(-301_002)).toBe("−$3,010");
  expect(dollars(null)).toBe("—");
});

test("marks are round and lie between the ends", () => {
  expect(marks(0, 97)).toEqual([0, 20, 40, 60, 80]);
  expect(marks(-1.1, 1)).toEqual([-1, -0.5, 0, 0.5, 1]);
  expect(marks(3, 3)).toEqual([3]);
});

test("categories are words", () => {
  expect(named("SOFT DRINKS")).toBe("Soft drinks");
});
