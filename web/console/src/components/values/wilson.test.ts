import { expect, test } from "vitest";
import { wilson } from "./wilson";

test("no trials, no interval", () => {
  expect(wilson(0, 0)).toBeNull();
});

test("the interval of 10 out of 100 is that of the literature", () => {
  const found = wilson(10, 100);
  expect(found?.low).toBeCloseTo(0.0552, 3);
  expect(found?.high).toBeCloseTo(0.1744, 3);
});

test("it stays inside 0 and 1 at the ends", () => {
  expect(wilson(0, 5)?.low).toBe(0);
  expect(wilson(5, 5)?.high).toBeCloseTo(1, 10);
  expect(wilson(5, 5)?.low).toBeGreaterThan(0.5);
});
