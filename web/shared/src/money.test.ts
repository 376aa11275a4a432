import { expect, test } from "vitest";
import { decimalsOf, inCurrency, inShort, inTable, inUnits } from "./money";

test("a currency is written in its own form, with as many decimals as it has", () => {
  expect([inCurrency(1437, "USD", "en-US"), inCurrency(500, "JPY", "en-US", 0), inCurrency(1437, "EUR", "de")]).toEqual(
    ["$14.37", "¥500", "14,37\u00a0€"],
  );
});

test("no cent is hidden that is counted: RSD, HUF and KWD by ISO 4217, not by how they usually look", () => {
  const written = ["RSD", "HUF", "KWD"].map((currency) => inCurrency(44_900, currency, "en-GB", decimalsOf(currency)));
  expect(written).toEqual(["RSD\u00a0449.00", "HUF\u00a0449.00", "KWD\u00a044.900"]);
});

test("units of the shop's currency have two decimals", () => {
  expect(inUnits(1234)).toBe("12.34");
  expect(inUnits(-5)).toBe("-0.05");
});

test("amounts of a table have decimals where they matter and a sign before the currency", () => {
  expect(inTable(1234, "USD")).toBe("$12.34");
  expect(inTable(-301_002, "EUR")).toBe("−€3,010");
  expect(inTable(1234, "GBP")).toBe("£12.34");
  expect(inTable(1234, "JPY")).toBe("¥1,234");
  expect(inTable(null, "EUR")).toBe("—");
});

test("the marks of an axis are short", () => {
  expect(inShort(40_000, "USD")).toBe("$400");
  expect(inShort(20_000_000, "EUR")).toBe("€200k");
  expect(inShort(-20_000_000, "GBP")).toBe("−£200k");
});
