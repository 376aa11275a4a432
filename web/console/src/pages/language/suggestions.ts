import type { Meaning, Suggestion, TrainingCheck } from "../../app/api";
import { percent, words } from "../../components/values/format";

const ARTICLE = "help/";
const CHECKS: Record<string, string> = { held_out: "held-out sentences", acceptance: "acceptance conversations" };

/** What a meaning is called: its title, else its name; a help article says that it is one. */
export function nameOf({ meaning, title }: Meaning): string {
  const name = title || words(meaning.replace(ARTICLE, ""));
  return meaning.startsWith(ARTICLE) ? `${name} (help article)` : name;
}

/** Why it is proposed. */
export function reasonOf({ proposed, share, taps }: Suggestion): string {
  if (!proposed) return "No meaning is near enough.";
  if (taps > 0) return taps === 1 ? "One shopper tapped it." : `${taps} shoppers tapped it.`;
  if (proposed.meaning.startsWith(ARTICLE)) return `Like a question of this article (${percent(share)}).`;
  return `The bot's own guess, ${percent(share)} sure.`;
}

/** A check in words: "held-out sentences 640 → 641 of 670". */
export function checkInWords({ name, before, after, of }: TrainingCheck): string {
  return `${CHECKS[name] ?? words(name)} ${before} → ${after} of ${of}`;
}
