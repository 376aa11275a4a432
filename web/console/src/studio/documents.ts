/** The documents that the studio's commands write, and the hooks that load them. */

import { useQuery } from "@tanstack/react-query";
import { type DocumentsReply, request } from "../app/api";

export interface DocumentRows {
  caption: string;
  columns: string[];
  rows: (string | number | null)[][];
}

export interface Document<Data> {
  name: string;
  made_at: string;
  /** Of all amounts. */
  currency: string;
  /** Of which orders it is, as a sentence. */
  source: string;
  title: string;
  lead: string;
  texts: string[];
  tables: DocumentRows[];
  data: Data;
}

/** `mean, low, high`. */
export type Interval = [number, number, number];

export interface CustomersData {
  at: string;
  customers: number;
  traits: { name: string; more: string; less: string }[];
  segments: {
    name: string;
    customers: number;
    days_away: number;
    baskets_13_weeks: number;
    basket_cents: number;
    discount_share: number;
    churn: number;
    value_cents: number;
    /** In standard deviations from the mean customer, in the order of `traits`. */
    traits: number[];
  }[];
  places: [number, number][];
  groups: number[];
  stages: { stage: string; customers: number; churn: number; value_cents: number }[];
  drift: { month: string; shares: number[]; moved: number | null }[];
}

export interface CustomerCardData {
  id: string;
  segment: number;
  stage: string;
  numbers: (number | null)[];
  favourites: number[];
  traits: number[];
  next: number;
  reasons: number[];
}

/** A document without text; `favourites` are indices into `categories`. */
export interface CustomerCards {
  columns: string[];
  segments: string[];
  categories: string[];
  cards: CustomerCardData[];
}

export interface ForecastData {
  coverage: number;
  past: string[];
  ahead: string[];
  weights: Record<string, number>;
  categories: { name: string; sold: number[]; expected: number[]; low: number[]; high: number[] }[];
}

export interface StockData {
  weeks: number;
  service: number;
  known: boolean;
}

export interface StaffingData {
  days: string[];
  hours: number[];
  agents: number[][];
  agent_hours: number;
  expected: number[];
  high: number[];
  source: string;
}

export interface ResponseData {
  effects: {
    name: string;
    /** Null where the shop's orders say nothing of it. */
    mean: number | null;
    interval: [number, number] | null;
    categories: number;
    ahead: number | null;
    ahead_interval: [number, number] | null;
  }[];
  categories: { name: string; sales_cents: number; own: boolean; effects: Record<string, Interval> }[];
}

export const GOALS = ["revenue", "margin", "satisfaction"] as const;
export type Goal = (typeof GOALS)[number];

export interface Proposal {
  title: string;
  cents: number;
  segment: string;
  start_day: number;
  length_days: number;
  days: string;
  channel: string;
  uses_per_customer: number;
  budget_cents: number;
}

export interface ProposalsData {
  qualities: {
    generator: string;
    goal: Goal;
    valid: number;
    unique: number;
    novel: number;
    coverage: number;
    mean_cents: number;
    best_tenth_cents: number;
  }[];
  best: Record<Goal, Proposal[]>;
}

export interface Portfolio {
  point: number;
  /** Cents a week more than without promotions, in the order of GOALS. */
  goals: [number, number, number];
  depth: number[];
  let_in: number[];
}

export interface ParetoFrontData {
  constraints: { budget_cents: number; stock: number; fairness: number };
  categories: string[];
  segments: string[];
  searches: { name: string; found: number; hypervolume: number; goals: [number, number, number][] }[];
  portfolios: Portfolio[];
}

export interface Campaign {
  campaign_id: string;
  kind: string;
  weeks: number;
  treated: number;
  controls: number;
  refusal: string | null;
  uplift_cents: number | null;
  low: number | null;
  high: number | null;
  placebo_cents: number | null;
  placebo_low: number | null;
  placebo_high: number | null;
  accuracy: number | null;
  coverage: number | null;
  coupon_cents: number | null;
  return_on_spend: number | null;
  verdict: string;
}

export interface PricingData {
  rules: { name: string; total_cents: number; curve: number[] }[];
}

/** Whether a document exists. It is checked before the document is read, because a browser logs every refusal as an error. */
export function useDocumentExists(name: string) {
  return useQuery({
    queryKey: ["strategy", "documents"],
    queryFn: async () => (await request<DocumentsReply>("GET", "strategy/documents")).documents,
    select: (entries) => entries.some((entry) => entry.name === name && entry.made_at !== null),
  });
}

/** A document that exists. */
export function useDocument<Data>(name: string, enabled = true) {
  return useQuery({
    queryKey: ["strategy", "document", name],
    queryFn: () => request<Document<Data>>("GET", `strategy/documents/${name}`),
    staleTime: 60_000,
    enabled,
  });
}
