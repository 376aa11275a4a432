import { describe, expect, it } from "vitest";

import { dayOf, timeOf } from "./clock";

const at = new Date(2026, 10, 22, 14, 5);

describe("times", () => {
  it("of today are hours and minutes, of another day carry it", () => {
    expect(timeOf(at.toISOString(), at, "en-GB")).toBe("14:05");
    expect(timeOf(at.toISOString(), new Date(2026, 10, 23), "en-GB")).toBe("22 Nov, 14:05");
  });

  it("follow the shopper's language", () => {
    expect(dayOf(at.toISOString(), "en-GB")).toBe("22 November 2026");
    expect(dayOf(at.toISOString(), "de")).toBe("22. November 2026");
  });

  it("that make no sense are left out", () => {
    expect([timeOf("soon", at, "en"), dayOf("", "en")]).toEqual(["", ""]);
  });
});
