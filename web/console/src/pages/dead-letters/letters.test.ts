import { expect, test } from "vitest";
import { listedInWords, retriedInWords } from "./letters";

test("counts stand in whole words", () => {
  expect(retriedInWords(1)).toBe("1 message waits again.");
  expect(retriedInWords(0)).toBe("0 messages wait again.");
});

test("a list that is cut says of how many", () => {
  expect(listedInWords({ shown: 2, dead: 2, waiting: 0 })).toBe("2 messages; 0 wait to be worked off.");
  expect(listedInWords({ shown: 100, dead: 240, waiting: 3 })).toBe(
    "The newest 100 of 240 messages; 3 wait to be worked off.",
  );
});
