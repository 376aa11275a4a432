import { expect, test } from "vitest";
import { fieldsOf, paramsOf, type ParamsSchema } from "./commandFields";

const schema: ParamsSchema = {
  properties: {
    goal: { type: "string", enum: ["revenue", "margin"], title: "Goal", default: "revenue" },
    budget_cents: { type: "integer", minimum: 1, maximum: 1_000_000, title: "Budget", unit: "cents", default: 200_000 },
    days: { type: "integer", minimum: 7, maximum: 90, title: "Days", unit: "days", default: 28 },
    within: { type: "number", title: "Answer within", unit: "seconds", default: 30 },
    customers: { type: "boolean", title: "For each customer", default: false },
    category: { type: "string", title: "Category", description: "one category; the ten largest by default" },
  },
  required: [],
};
const fields = fieldsOf(schema, "EUR");

test("every parameter is an input of its kind", () => {
  expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
    ["goal", "choice"],
    ["budget_cents", "number"],
    ["days", "number"],
    ["within", "number"],
    ["customers", "switch"],
    ["category", "text"],
  ]);
});

test("labels name the unit once, and money is in the currency", () => {
  expect(fields.map(({ label }) => label)).toEqual([
    "Goal",
    "Budget, EUR",
    "Days",
    "Answer within, seconds",
    "For each customer",
    "Category",
  ]);
  expect(fields[1]).toMatchObject({ min: 0.01, max: 10_000, initial: 2000, integer: false });
});

test("a currency without minor units is asked for as it is", () => {
  expect(fieldsOf(schema, "JPY")[1]).toMatchObject({ label: "Budget, JPY", max: 1_000_000, initial: 200_000 });
});

test("values go out in the units of the schema, empty ones not at all", () => {
  expect(paramsOf(fields, { budget_cents: "19.99", days: "", category: "SOFT DRINKS" })).toEqual({
    goal: "revenue",
    budget_cents: 1999,
    within: 30,
    customers: false,
    category: "SOFT DRINKS",
  });
});
