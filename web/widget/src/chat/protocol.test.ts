import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { parseFrame, type ServerFrame } from "./protocol";

type Contract = { server: Record<string, Record<string, unknown>> };
const contract = JSON.parse(readFileSync("../tests/contract/widget.json", "utf8")) as Contract;

const parse = (frame: unknown): ServerFrame | null => parseFrame(JSON.stringify(frame));

describe("parseFrame", () => {
  it.each(Object.keys(contract.server).filter((kind) => kind !== "welcome" && kind !== "history"))(
    "reads the contract's %s",
    (kind) => {
      const example = contract.server[kind];
      const frame = parse(example);
      expect(frame?.type).toBe(kind);
      expect(example).toMatchObject(withoutNested(frame));
    },
  );

  it("reads a welcome and leaves out what is no message in its history", () => {
    const frame = parse({
      ...contract.server.welcome,
      history: [contract.server.message, "rubbish", { seq: 1 }],
    });
    expect(frame).toMatchObject({ type: "welcome", conversation_id: "c-2b1e", customer_id: "1228" });
    expect(frame?.type === "welcome" && frame.history.map((message) => message.seq)).toEqual([8]);
  });

  it("keeps an offer's and an outcome's words", () => {
    const frame = parse(contract.server.message);
    expect(frame).toMatchObject({
      buttons: [{ title: "Yes, please", active: true }],
      offer: {
        decision_id: "…",
        title: "…",
        terms: "…",
        currency: "USD",
        products: [{ before_cents: 1437, after_cents: 1221 }],
      },
      outcome: { outcome: "accepted", code: "K7QF-2M9T-XW4H-3BNC-D" },
    });
  });

  it.each(["", "no json", "null", "7", '{"type":"message","seq":"1"}'])("ignores %s", (wire) => {
    expect(parseFrame(wire)).toBeNull();
  });

  it("leaves frames of a newer server to the client, which has no case for them", () => {
    expect(parse({ type: "of tomorrow", more: 1 })).toEqual({ type: "of tomorrow", more: 1 });
  });

  it("shows the shopper no message from somebody unknown", () => {
    expect(parse({ ...contract.server.message, from: "admin" })).toBeNull();
  });
});

/** Offers and outcomes keep only what the widget shows, so they are compared apart. */
function withoutNested(frame: ServerFrame | null): object {
  const flat = Object.entries(frame ?? {}).filter(([, value]) => typeof value !== "object" || value === null);
  return Object.fromEntries(flat);
}
