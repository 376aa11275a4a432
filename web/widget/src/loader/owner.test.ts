import { expect, it } from "vitest";

import { ownerOf } from "./owner";

const token = (claims: object): string => `e30.${btoa(JSON.stringify(claims)).replace(/=+$/, "")}.signature`;

it("tells customers and strangers apart, whatever else the token holds", () => {
  expect(ownerOf(token({ customer_id: "1228", sub: "x", exp: 1 }))).toBe("customer.1228");
  expect(ownerOf(token({ customer_id: "1228", sub: "y", exp: 2 }))).toBe("customer.1228");
  expect(ownerOf(token({ customer_id: null, sub: "1228" }))).toBe("stranger.1228");
});

it("takes no offence at what is no token", () => {
  for (const wrong of ["", "x", "a.b.c", "e30.e30.x"]) expect(ownerOf(wrong)).toBe("unknown");
});
