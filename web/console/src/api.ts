/** The gateway's admin API: types of what it answers, and one function that asks. */

export type Facets = Record<"intent" | "sentiment" | "offer" | "outcome" | "tag", string[]>;

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
  confidence: number | null;
  fallback_count: number;
  handed_over: boolean;
  flagged: boolean;
  taken_by: string | null;
  facets: Facets;
}

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
  entities?: { entity: string; value: unknown }[];
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

export interface Conversation {
  conversation_id: string;
  customer_id: string | null;
  digest: Digest;
  notes: Note[];
  messages: Message[];
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

export interface OfferResults {
  exposures: number;
  accepted: number;
  declined: number;
  silent: number;
  redeemed: number;
}

export interface Offer {
  offer_id: string;
  promotion_id: string;
  state: string;
  title: string;
  terms: string;
  starts_at: string;
  ends_at: string;
  version: number;
  results: OfferResults | null;
}

export interface Promotions {
  days: number;
  promotions: { promotion_id: string; name: string; state: string; offers: Offer[] }[];
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
