import { describe, expect, it } from "vitest";

import { range } from "./window";

describe("the drawn range", () => {
  const even = () => 100;

  it("reaches twenty messages beyond the window on either side", () => {
    expect(range(10_000, even, 500_000, 500_600, 20)).toEqual([4979, 5026]);
  });

  it("ends where the conversation does", () => {
    expect(range(10_000, even, 0, 600, 20)).toEqual([0, 26]);
    expect(range(10_000, even, 999_400, 1_000_000, 20)).toEqual([9973, 10_000]);
    expect(range(3, even, 0, 600, 20)).toEqual([0, 3]);
    expect(range(0, even, 0, 600, 20)).toEqual([0, 0]);
  });
});
