/** The client of the gateway's admin API. The types of its replies are generated from the gateway's OpenAPI document. */

import type { FilterValues, ManagedOfferReply, PromotionsWithOffers } from "@promobot/shared/admin-api";
import type { ConversationSummary, PromotionWithSpendingReply, SpendingReply } from "@promobot/shared/admin-api";

export type {
  AuditPage,
  ChangeRequestReply as ChangeReply,
  ChangesReply as Changes,
  Clusters,
  Colleagues,
  Confusion,
  Confusions,
  ContributionReply as Contribution,
  ConversationPage,
  ConversationSummary,
  CheckReply as TrainingCheck,
  CorrectionReply as Correction,
  DeadDelivery as DeadLetter,
  DeadDeliveryReply as DeadLetterBody,
  DeadReply as DeadLetters,
  DecisionReply as Decision,
  DocumentsReply,
  Examples,
  ExplanationReply as DecisionExplanation,
  FilterValues,
  Inbox,
  Intents,
  JobReply as Job,
  LastMessage,
  Meaning,
  ListedChangeReply as ListedChange,
  Me,
  MoneyReply as OfferMoney,
  OrderReply as Order,
  Parse,
  People,
  Person,
  PlanEntry,
  NewestJobReply,
  PlanReply,
  PlansReply,
  PromotedReply,
  PromotionReply as Promotion,
  PromotionsWithOffers,
  Results,
  ReviewedChangeReply as ReviewedChange,
  SavedViews,
  ScoredName,
  ServingReply as ServingModel,
  Suggestion,
  Suggestions,
  SystemState,
  Training,
  Trainings,
  Transcript,
  TranscriptMessage,
  Trigger,
  TriggerRule,
  Triggers,
  UnsureText,
  UpliftReply as Uplift,
  UserModelsReply as UserModels,
  VerdictReply as Verdict,
  VersionReply as PolicyVersion,
  VersionsReply as Policies,
  WatchReply,
} from "@promobot/shared/admin-api";

/** What conversations can be filtered by: the values of each kind. */
export type Tags = FilterValues;

/** The values by which this conversation is found, by kind. */
export const tagsOf = (conversation: ConversationSummary) => conversation.facets;

/** An offer with its results of a period. */
export type Offer = PromotionsWithOffers["promotions"][number]["offers"][number];

/** The part of an offer that people edit. */
export type OfferTerms = Omit<ManagedOfferReply, "offer_id" | "state" | "version" | "no_product" | "checkout_refusal">;

/** A promotion with what it has spent, day by day. */
export type PromotionDetail = PromotionWithSpendingReply & { spending: SpendingReply[] };

/** Words of a text that are an entity; `value` only where it differs from the words. */
export interface MarkedEntity {
  start: number;
  end: number;
  entity: string;
  value?: string | null;
}

/** An error reply of the server, with its code and its message. Status 0: no reply. */
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

/** Keeps the token that a sign-in returns; every change sends it. */
export function rememberCsrf(token: string | null): void {
  csrfToken = token ?? "";
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** Sends a request to the admin API and returns the reply. Throws Refusal. */
export async function request<Reply>(method: Method, path: string, body?: unknown): Promise<Reply> {
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
  return answer as Reply;
}
