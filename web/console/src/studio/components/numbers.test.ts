import { expect, test } from "vitest";
import { digits, extent, marks, categoryName, nearest, position, decimals } from "./numbers";

test("marks are round and lie between the ends", () => {
  expect(marks(0, 97)).toEqual([0, 20, 40, 60, 80]);
  expect(marks(-1.1, 1)).toEqual([-1, -0.5, 0, 0.5, 1]);
  expect(marks(3, 3)).toEqual([3]);
});

test("categories are words", () => {
  expect(categoryName("SOFT DRINKS")).toBe("Soft drinks");
});

test("numbers of tables keep three digits that matter, and nothing has no sign", () => {
  expect(digits(0.166475)).toBe("0.166");
  expect(digits(-1234.5)).toBe("−1,235");
  expect(digits(2476)).toBe("2,476");
  expect(decimals(-0.001)).toBe("0.00");
  expect(decimals(-1.1)).toBe("−1.10");
});

test("a position lies between 0 and 1, also where both ends are the same", () => {
  expect(position(5, [0, 10])).toBe(0.5);
  expect(position(20, [0, 10])).toBe(1);
  expect(position(3, [3, 3])).toBe(0.5);
  expect(extent([])).toEqual([0, 1]);
  expect(extent([2])).toEqual([1, 3]);
  expect(extent([0, 100], 0.1)).toEqual([-10, 110]);
});

test("a click takes the nearest point", () => {
  expect(nearest([], [0, 0])).toBeNull();
  expect(
    nearest(
      [
        [0, 0],
        [10, 10],
      ],
      [7, 8],
    ),
  ).toBe(1);
});
