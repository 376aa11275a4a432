import { afterEach, describe, expect, it, vi } from "vitest";

import { countdown, dayOf, ServerClock, timeLeft, timeOf } from "./clock";

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

describe("the end of an offer", () => {
  afterEach(() => vi.useRealTimers());

  it("is counted down during its last two days, and over at its moment", () => {
    const now = new Date("2026-11-26T10:00:00Z");
    expect(timeLeft("2026-11-28T10:00:01Z", now)).toBeNull();
    expect(timeLeft("2026-11-27T11:02:03Z", now)).toEqual({ over: false, seconds: 25 * 3600 + 123 });
    expect(timeLeft("2026-11-26T10:00:00Z", now)).toEqual({ over: true, seconds: 0 });
    expect(timeLeft("never", now)).toBeNull();
    expect(countdown(25 * 3600 + 123)).toBe("25:02:03");
  });

  it("goes by the server's clock, however wrong the shopper's is", () => {
    vi.setSystemTime(at);
    const server = new Date(at.getTime() + 600_000);
    const clock = new ServerClock();
    clock.learn(server.toISOString());
    expect(clock.now()).toEqual(server);
    clock.learn("rubbish");
    expect(clock.now()).toEqual(server);
  });
});
