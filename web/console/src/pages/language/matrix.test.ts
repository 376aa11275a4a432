import { expect, test } from "vitest";
import { matrix } from "./matrix";

const found = (intent: string, guessed_intent: string, count: number) => ({ intent, guessed_intent, count });

test("rows are what was meant, columns what it was taken for", () => {
  const { names, rows } = matrix([found("b", "a", 3), found("a", "a", 5), found("b", "b", 1)], 9);
  expect(names).toEqual(["a", "b"]);
  expect(rows).toEqual([
    { name: "a", cells: [5, 0], total: 5 },
    { name: "b", cells: [3, 1], total: 4 },
  ]);
});

test("only the most confused stay when there are too many", () => {
  const { names } = matrix([found("a", "a", 99), found("b", "c", 2), found("d", "c", 1)], 2);
  expect(names).toEqual(["b", "c"]);
});

test("nothing makes an empty square", () => {
  expect(matrix([], 5)).toEqual({ names: [], rows: [] });
});
