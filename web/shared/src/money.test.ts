import { expect, test } from "vitest";
import { inCurrency, inDollars, inShortDollars, inUnits } from "./money";

test("a currency is written in its own form, with as many decimals as it has", () => {
  expect([inCurrency(1437, "USD", "en-US"), inCurrency(500, "JPY", "en-US"), inCurrency(1437, "EUR", "de")]).toEqual([
    "$14.37",
    "¥500",
    "14,37\u00a0€",
  ]);
});

test("units of the shop's currency have two decimals", () => {
  expect(inUnits(1234)).toBe("12.34");
  expect(inUnits(-5)).toBe("-0.05");
});

test("dollars have cents where they matter and a sign before the currency", () => {
  expect(inDollars(1234)).toBe("$12.34");
  expect(inDollars(-301_002)).toBe("−$3,010");
  expect(inDollars(null)).toBe("—");
});

test("the marks of an axis are short", () => {
  expect(inShortDollars(40_000)).toBe("$400");
  expect(inShortDollars(20_000_000)).toBe("$200k");
  expect(inShortDollars(-20_000_000)).toBe("−$200k");
});
