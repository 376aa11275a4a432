import { expect, it } from "vitest";

import { ownerOf } from "./owner";

const token = (claims: object): string => `e30.${btoa(JSON.stringify(claims)).replace(/=+$/, "")}.signature`;

it("tells customers and strangers apart, whatever else the token holds", () => {
  expect(ownerOf(token({ customer_id: "1228", sub: "x", exp: 1 }))).toBe("customer.1228");
  expect(ownerOf(token({ customer_id: "1228", sub: "y", exp: 2 }))).toBe("customer.1228");
  expect(ownerOf(token({ customer_id: null, sub: "1228" }))).toBe("stranger.1228");
});

it("tells the customers of a theme's claims apart, whenever they were signed", () => {
  expect(ownerOf("c1.1228.1764500000.0a1b")).toBe("customer.1228");
  expect(ownerOf("c1.1228.1764503600.ffff")).toBe("customer.1228");
  expect(ownerOf("c1.gid.shop.7.1764500000.0a1b")).toBe("customer.gid.shop.7");
});

it("takes no offence at what is no token", () => {
  for (const wrong of ["", "x", "a.b.c", "e30.e30.x"]) expect(ownerOf(wrong)).toBe("unknown");
});
