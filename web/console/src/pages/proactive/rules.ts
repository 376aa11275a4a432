import { inUnits } from "@promobot/shared/money";
import type { TriggerRule } from "../../app/api";
import { words } from "../../components/values/format";

/** The conditions as a sentence. */
export function inWords(rule: TriggerRule): string {
  const parts = [
    rule.url && `on ${rule.url}`,
    rule.seconds_on_page && `after ${rule.seconds_on_page} s on the page`,
    rule.scroll_percent && `scrolled ${rule.scroll_percent} %`,
    rule.basket_from_cents && `a basket from ${inUnits(rule.basket_from_cents)}`,
    rule.basket_left_s && `a basket without activity for ${rule.basket_left_s} s`,
    rule.exit_intent && "the pointer leaves the page",
    rule.custom_event && `the event ${rule.custom_event}`,
  ].filter((part): part is string => Boolean(part));
  return words(parts.join(", "));
}
