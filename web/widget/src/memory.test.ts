import { beforeEach, describe, expect, it } from "vitest";

import { Memory, type Remembered } from "./memory";

const KEPT: Remembered = {
  conversationId: "c-1",
  token: "t",
  tokenExpiresAt: "2099-01-01T00:00:00Z",
  panelOpen: true,
  unsent: [{ clientMessageId: "a", text: "hello", createdAt: "2026-11-22T10:00:00Z" }],
};

beforeEach(() => {
  sessionStorage.clear();
});

describe("memory", () => {
  it("gives back what was kept, to the same household only", () => {
    new Memory("1228", () => sessionStorage).write(KEPT);
    expect(new Memory("1228", () => sessionStorage).read()).toEqual(KEPT);
    expect(new Memory("anonymous", () => sessionStorage).read()).toBeNull();
  });

  it("forgets", () => {
    const memory = new Memory("anonymous", () => sessionStorage);
    memory.write(KEPT);
    memory.forget();
    expect(memory.read()).toBeNull();
    expect(sessionStorage.length).toBe(0);
  });

  it.each(["", "no json", "{}", "null", '{"token":7}'])("starts anew where it finds %s", (rubbish) => {
    sessionStorage.setItem("promobot.chat.anonymous", rubbish);
    expect(new Memory("anonymous", () => sessionStorage).read()).toBeNull();
  });

  it("does without a storage that the browser forbids", () => {
    const memory = new Memory("anonymous", () => {
      throw new DOMException("denied", "SecurityError");
    });
    memory.write(KEPT);
    memory.forget();
    expect(memory.read()).toBeNull();
  });
});
