import { beforeEach, describe, expect, it } from "vitest";

import { Memory, type Remembered } from "./memory";

const KEPT: Remembered = {
  conversationId: "c-1",
  token: "t",
  tokenExpiresAt: "2099-01-01T00:00:00Z",
  panelOpen: true,
  consentVersion: "1",
};

beforeEach(() => {
  localStorage.clear();
});

describe("memory", () => {
  it("gives back what was kept, to the same household only", () => {
    new Memory("1228", () => localStorage).write(KEPT);
    expect(new Memory("1228", () => localStorage).read()).toEqual(KEPT);
    expect(new Memory("anonymous", () => localStorage).read()).toBeNull();
  });

  it("keeps what is not delivered message by message, whichever tab wrote it, the oldest first", () => {
    const entry = (id: string, at: string) => ({ clientMessageId: id, text: id, createdAt: at });
    const [tab, other] = [new Memory("1228", () => localStorage), new Memory("1228", () => localStorage)];
    tab.keep(entry("b", "2026-11-22T10:00:02Z"));
    other.keep(entry("a", "2026-11-22T10:00:01Z"));
    new Memory("anonymous", () => localStorage).keep(entry("c", "2026-11-22T10:00:00Z"));
    expect(tab.unsent().map((kept) => kept.clientMessageId)).toEqual(["a", "b"]);
    other.settle("b");
    expect(tab.unsent().map((kept) => kept.clientMessageId)).toEqual(["a"]);
    tab.forget();
    expect(other.unsent()).toEqual([]);
  });

  it("forgets", () => {
    const memory = new Memory("anonymous", () => localStorage);
    memory.write(KEPT);
    memory.forget();
    expect(memory.read()).toBeNull();
    expect(localStorage.length).toBe(0);
  });

  it.each(["", "no json", "{}", "null", '{"token":7}'])("starts anew where it finds %s", (rubbish) => {
    localStorage.setItem("promobot.anonymous", rubbish);
    expect(new Memory("anonymous", () => localStorage).read()).toBeNull();
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
