/** The gateway's admin API: types of what it answers, and one function that asks. */

/** What conversations can be filtered by: the values of each kind. */
export type Tags = Record<
  "intent" | "sentiment" | "offer" | "outcome" | "tag" | "rating" | "assigned" | "policy",
  string[]
>;

export interface Digest {
  conversation_id: string;
  customer_id: string | null;
  channel: string;
  started_at: string;
  last_message_at: string | null;
  message_count: number;
  preview: string;
  /** The message a search has found; null without a search. */
  hit: string | null;
  hit_seq: number | null;
  confidence: number | null;
  fallback_count: number;
  handed_over: boolean;
  flagged: boolean;
  taken_by: string | null;
  facets: Tags;
}

/** The values by which this conversation is found, by kind. */
export const tagsOf = (conversation: Digest): Tags => conversation.facets;

export interface Page {
  conversations: Digest[];
  next_before: string | null;
}

export interface Named {
  name: string | null;
  confidence: number;
}

export interface Parse {
  intent?: Named | null;
  intent_ranking?: Named[];
  entities?: { entity: string; value: unknown; start?: number; end?: number }[];
  sentiment?: Named | null;
}

export interface ShownOffer {
  offer_id?: string;
  title?: string;
  terms?: string;
  explanation?: string;
  ends_at?: string;
}

export interface Message {
  message_id: string;
  seq: number;
  from: "shopper" | "bot" | "agent";
  text: string;
  created_at: string;
  state: string | null;
  /** A button was pressed: its intent was given, not understood. */
  pressed: boolean;
  parse: Parse | null;
  actions: string[] | null;
  decision_id: string | null;
  outcome: { outcome?: string; code?: string | null } | null;
  offer: ShownOffer | null;
  buttons: string[];
  exposed_at: string | null;
  turn_ms: number | null;
}

export interface Note {
  author: string;
  text: string;
  created_at: string;
}

/** Some words of a text; `value` only where it is not what stands there. */
export interface MarkedEntity {
  start: number;
  end: number;
  entity: string;
  value?: string;
}

export interface Correction {
  correction_id: number;
  message_id: string | null;
  text: string;
  guessed_intent: string | null;
  intent: string;
  entities: MarkedEntity[];
  author: string;
  created_at: string;
}

export interface Conversation {
  conversation_id: string;
  customer_id: string | null;
  digest: Digest;
  notes: Note[];
  corrections: Correction[];
  messages: Message[];
  more_before: boolean;
  more_after: boolean;
}

export interface Decision {
  decision_id: string;
  decided_at: string;
  decision_context: Record<string, string | number | null>;
  offer_id: string | null;
  propensity: number;
  propensities: Record<string, number>;
  expected_rewards: Record<string, number>;
  ineligible_offers: Record<string, string>;
  no_offer_reason: string | null;
  explanation: string;
  policy_version: number;
  model_version: string;
  holdout: boolean;
  seed: number;
  exposed_at: string | null;
  outcome: { outcome: string; reward: number; recorded_at: string; learned_in_version: number | null } | null;
}

/** By how much something moved the expected reward of the choice beside the runner-up's. */
export interface Contribution {
  name: string;
  value: number;
}

export interface DecisionExplanation {
  runner_up: string | null;
  difference: number;
  reasons: Contribution[];
  features: Contribution[];
  text: string;
}

export interface OfferResults {
  exposures: number;
  accepted: number;
  declined: number;
  silent: number;
  redeemed: number;
}

/** What redeemed codes cost and what their orders left, in cents; `costed` are the redemptions of known margin. */
export interface OfferMoney {
  redeemed: number;
  cost_cents: number;
  margin_cents: number | null;
  costed: number;
}

export interface Limits {
  budget_cents: number | null;
  max_uses: number | null;
  uses_per_customer: { count: number; days: number } | null;
  exposures_per_customer: { count: number; days: number } | null;
  decline_cooldown_days: number | null;
}

export interface OfferTerms {
  promotion_id: string;
  title: string;
  terms: string;
  benefit: Record<string, unknown> & { kind: string };
  categories: string[];
  products: string[];
  brands: string[];
  unit_cost_cents: number;
  eligibility: Record<string, unknown>;
  condition: unknown;
  exclusive_group: string | null;
  priority: number;
  margin_floor_basis_points: number | null;
  starts_at: string;
  ends_at: string;
  limits: Limits;
}

export interface Offer extends OfferTerms {
  offer_id: string;
  state: string;
  version: number;
  results: OfferResults | null;
  money: OfferMoney | null;
}

export interface Promotion {
  promotion_id: string;
  name: string;
  state: string;
  starts_at: string;
  ends_at: string;
  limits: Limits;
  version: number;
}

export interface PromotionDetail extends Promotion {
  uses: number;
  spent_cents: number;
  reserved_cents: number;
  planned_cents: number | null;
  price: number | null;
  spending: { day: string; spent_cents: number }[];
}

export interface Promotions {
  days: number;
  promotions: (Promotion & { offers: Offer[] })[];
}

interface Steps {
  decisions: number;
  offered: number;
  exposed: number;
  accepted: number;
  redeemed: number;
}

export interface Uplift {
  outcome_days: number;
  treated: number;
  held_out: number;
  waiting: number;
  treated_rate: number | null;
  held_out_rate: number | null;
  rate: UpliftPoint | null;
  curve: UpliftPoint[];
  cents: number | null;
  cents_lower: number | null;
  cents_upper: number | null;
}

interface UpliftPoint {
  customers: number;
  at: string;
  uplift: number;
  lower: number;
  upper: number;
}

export interface Results {
  since: string;
  days: {
    day: string;
    conversations: number;
    contained: number;
    handed_over: number;
    taken_over: number;
    not_understood: number;
  }[];
  answers: { day: string; turns: number; median_ms: number; p95_ms: number }[];
  ratings: Record<string, number>;
  funnel: { step: string; outcome: string | null; conversations: number }[];
  report: {
    days: (Steps & { day: string })[];
    lines: (Steps & {
      line: number;
      first_version: number;
      last_version: number;
      first_at: string;
      last_at: string;
      expected: number | null;
      answered: number;
    })[];
    uplift: Uplift;
    holdout_basis_points: number;
  } | null;
  alarms: { name: string; message: string }[];
}

export interface PolicyVersion {
  version: number;
  reward_count: number;
  created_at: string;
  status: string;
  origin: string;
  parent_version: number | null;
  line: number;
  created_by: string;
}

export interface Policies {
  model_version: string;
  versions: PolicyVersion[];
  changes: {
    change_id: number;
    action: string;
    version: number;
    before_version: number | null;
    actor: string;
    at: string;
  }[];
}

export interface Verdict {
  passed: boolean;
  reason: string;
  decisions: number;
  effective_decisions: number;
  running: number | null;
  lower: number | null;
  upper: number | null;
  ips: number | null;
  snips: number | null;
  dr: number | null;
  dr_os: number | null;
}

export interface Promoted {
  verdict: Verdict;
  moved: { version: number } | null;
}

export interface UserModels {
  running_version: string;
  models: {
    model_version: string;
    parent_version: string | null;
    status: string;
    created_at: string;
    recall_at_10: number;
    ndcg_at_10: number;
  }[];
}

export interface ServingModel {
  model_version: string;
  restarts: boolean;
}

export interface UnsureText {
  message_id: string;
  conversation_id: string;
  text: string;
  created_at: string;
  intent_ranking: Named[];
}

export interface Confusion {
  intent: string;
  guessed_intent: string;
  count: number;
}

export interface Person {
  name: string;
  role: string;
  created_at: string;
  disabled_at: string | null;
}

export interface System {
  parts: { name: string; state: "ok" | "unavailable"; ms: number; message: string | null }[];
  policy: {
    policy_version: number;
    model_version: string;
    reward_count: number;
    created_at: string;
    rewards_waiting: number;
  } | null;
  language_model: string | null;
  chat: Record<"open_sockets" | "queued_turns" | "exposures_waiting" | "turns_answered" | "turns_failed", number> & {
    mean_turn_ms: number | null;
  };
}

export interface Audit {
  entries: { audit_id: number; at: string; name: string; action: string; subject: string; details: unknown }[];
}

export interface Me {
  name: string;
  role: string;
  permissions: string[];
  csrf_token: string;
}

/** What the server refused, in its own words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

let csrfToken = "";

/** Every change carries the token that came with signing in. */
export function rememberCsrf(token: string): void {
  csrfToken = token;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** Asks the API. Throws Refusal, also when nobody answers (status 0). */
export async function ask<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = {};
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(`/admin/api/${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Refusal(0, "offline", "The server does not answer. Is it running?");
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    const refused = (answer ?? {}) as { code?: string; message?: string };
    throw new Refusal(response.status, refused.code ?? "error", refused.message ?? "Something went wrong.");
  }
  return answer as T;
}
