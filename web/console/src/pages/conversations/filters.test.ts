import { expect, test } from "vitest";
import { readFilters, toQuery } from "./filters";

test("what is no filter is left out, and filters come back as they went", () => {
  const filters = readFilters(new URLSearchParams("intent=greet&utm=x&tag=&q=late%20%26%20angry"));
  expect(filters).toEqual({ intent: "greet", q: "late & angry" });
  expect(readFilters(new URLSearchParams(toQuery(filters)))).toEqual(filters);
});

test("a page is asked for beside the filters", () => {
  expect(toQuery({ tag: "vip" }, { before: "c-1" })).toBe("tag=vip&before=c-1");
});
