import { inUnits } from "@promobot/shared/money";
import { words } from "../../components/format";

/** The conditions of a proactive message: every condition that is given has to hold at once. Money is in cents. */
export interface Rule {
  url?: string;
  seconds_on_page?: number;
  scroll_percent?: number;
  basket_from_cents?: number;
  basket_left_s?: number;
  exit_intent?: boolean;
  custom_event?: string;
  per_day: number;
}

export interface Trigger {
  trigger_id: string;
  enabled: boolean;
  rule: Rule;
  changed_at: string;
  changed_by: string;
}

/** The conditions as a sentence. */
export function inWords(rule: Rule): string {
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
