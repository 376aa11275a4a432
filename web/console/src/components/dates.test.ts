import { expect, test } from "vitest";
import { dayToMoment, momentToDay } from "./dates";

test("days go to moments and back", () => {
  expect(momentToDay(dayToMoment("2026-11-22"))).toBe("2026-11-22");
  expect(momentToDay(dayToMoment("2026-11-30", 1), -1)).toBe("2026-11-30");
  expect(momentToDay("nonsense")).toBe("");
});
