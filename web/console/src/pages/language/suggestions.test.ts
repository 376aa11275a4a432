import { expect, test } from "vitest";
import type { Suggestion } from "../../app/api";
import { checkInWords, nameOf, reasonOf } from "./suggestions";

const suggestion: Suggestion = {
  suggestion_id: 1,
  state: "open",
  count: 2,
  texts: [],
  proposed: { meaning: "track_order", title: "Where is my order?" },
  share: 0.5,
  taps: 0,
  chosen: null,
  decided_by: null,
  decided_at: null,
};

test("a meaning is called by its title, else by its name", () => {
  expect(nameOf({ meaning: "track_order", title: "Where is my order?" })).toBe("Where is my order?");
  expect(nameOf({ meaning: "bot_challenge", title: "" })).toBe("Bot challenge");
  expect(nameOf({ meaning: "help/returns", title: "Returning goods" })).toBe("Returning goods (help article)");
});

test("a proposal says where it comes from", () => {
  expect(reasonOf(suggestion)).toBe("The bot's own guess, 50 % sure.");
  expect(reasonOf({ ...suggestion, taps: 1 })).toBe("One shopper tapped it.");
  expect(reasonOf({ ...suggestion, taps: 3 })).toBe("3 shoppers tapped it.");
  expect(reasonOf({ ...suggestion, proposed: null })).toBe("No meaning is near enough.");
});

test("a check shows both models", () => {
  expect(checkInWords({ name: "held_out", before: 640, after: 641, of: 670 })).toBe(
    "held-out sentences 640 → 641 of 670",
  );
});
