import { expect, test } from "vitest";
import { dayToMoment, momentToDay, secondsOf } from "./dates";

test("days go to moments and back", () => {
  expect(momentToDay(dayToMoment("2026-11-22"))).toBe("2026-11-22");
  expect(momentToDay(dayToMoment("2026-11-30", 1), -1)).toBe("2026-11-30");
  expect(momentToDay("nonsense")).toBe("");
});

test("days are midnights of Greenwich", () => {
  expect(secondsOf("1970-01-02")).toBe(86_400);
  expect(secondsOf("1970-01-02T12:00:00+00:00")).toBe(86_400);
});
