import { expect, it } from "vitest";

import { countryFor, type Country } from "./demo-shop";

const COUNTRIES: Country[] = [
  { code: "DE", currency: "EUR" },
  { code: "FR", currency: "EUR" },
  { code: "GB", currency: "GBP" },
];

it("delivers where delivery costs the chosen currency", () => {
  expect(countryFor("GBP", COUNTRIES, "FR")).toBe("GB");
  expect(countryFor("EUR", COUNTRIES, "FR")).toBe("FR");
  expect(countryFor("EUR", COUNTRIES, "GB")).toBe("DE");
  expect(countryFor("EUR", COUNTRIES, null)).toBe("DE");
});

it("keeps the country where none has the currency, and where the shop names no costs", () => {
  expect(countryFor("USD", COUNTRIES, "FR")).toBe("FR");
  expect(countryFor("USD", COUNTRIES, null)).toBe("DE");
  expect(countryFor("USD", [{ code: "US", currency: null }], "US")).toBe("US");
  expect(countryFor("USD", [], null)).toBeNull();
});
