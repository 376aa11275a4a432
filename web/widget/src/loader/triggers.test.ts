import { describe, expect, it } from "vitest";

import { matches, holds, type Page } from "./triggers";

const PAGE: Page = {
  path: "/basket?step=2",
  secondsOnPage: 40,
  scrollPercent: 60,
  basketCents: 3000,
  secondsIdle: 20,
  leaving: false,
  events: new Set(["wishlist"]),
};

describe("patterns of addresses", () => {
  it.each([
    ["/basket*", "/basket?step=2", true],
    ["*sale*", "/de/sale/shoes", true],
    ["/", "/basket", false],
    ["/a.c", "/abc", false],
    ["/(x)", "/(x)", true],
  ])("%s on %s", (pattern, path, fitting) => {
    expect(matches(pattern, path)).toBe(fitting);
  });
});

describe("a rule", () => {
  it.each([
    [{ seconds_on_page: 40 }, true],
    [{ seconds_on_page: 41 }, false],
    [{ scroll_percent: 60, basket_from_cents: 3000 }, true],
    [{ scroll_percent: 60, basket_from_cents: 3001 }, false],
    [{ basket_left_s: 20 }, true],
    [{ basket_left_s: 21 }, false],
    [{ exit_intent: true }, false],
    [{ custom_event: "wishlist" }, true],
    [{ custom_event: "other" }, false],
    [{ url: "/basket*", custom_event: "wishlist" }, true],
  ])("%o", (rule, holding) => {
    expect(holds({ trigger_id: "t", ...rule }, PAGE)).toBe(holding);
  });

  it("of a basket left waits for nobody with an empty basket", () => {
    expect(holds({ trigger_id: "t", basket_left_s: 1 }, { ...PAGE, basketCents: 0 })).toBe(false);
  });
});
