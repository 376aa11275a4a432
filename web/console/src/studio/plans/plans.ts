/** Plans of campaigns. Money is in cents; expected values are simulated. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type PlanReply, type PlansReply, request, type WatchReply } from "../../app/api";

export interface PlannedOffer {
  offer_id: string;
  promotion_id: string;
  title: string;
  terms: string;
  starts_at: string;
  ends_at: string;
  unit_cost_cents: number;
}

type Untyped = "promotions" | "offer_terms" | "holdout" | "pacing" | "stop_rules" | "origin";

/** A plan. The engine describes some parts only as JSON objects; their types are here. */
export interface Plan extends Omit<PlanReply, Untyped> {
  promotions: { promotion_id: string; name: string; limits?: { budget_cents?: number | null } }[];
  offer_terms: PlannedOffer[];
  holdout: { share?: number; customers?: number; power?: number };
  pacing: { from: string; cost_cents: number }[];
  stop_rules: { min_acceptance?: number };
  origin: PlanOrigin | null;
}

/** The stored name of the discount that a portfolio gives. */
export const REQUESTED = "asked";

/** The portfolio that a plan was made of, and what the plan leaves out of it. */
export interface PlanOrigin {
  point: number;
  goals_cents_a_week: Record<string, number>;
  carried: { category: string; [REQUESTED]: number; planned: number }[];
  left_out: string[];
}

export const PLAN_COLORS = { proposed: "blue", approved: "teal", stopped: "gray" } as const;

export function usePlans() {
  return useQuery({
    queryKey: ["strategy", "plans"],
    queryFn: () => request<PlansReply>("GET", "strategy/plans"),
    refetchInterval: 15_000,
  });
}

export function usePlan(id: string) {
  return useQuery({
    queryKey: ["strategy", "plans", id],
    queryFn: () => request<Plan>("GET", `strategy/plans/${encodeURIComponent(id)}`),
    refetchInterval: 15_000,
  });
}

export type Step = "approval" | "stop" | "watch";

/** Approves a plan, stops it or checks its stop rules; queries of offers load again. */
export function useStep(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (step: Step) =>
      request<Partial<WatchReply>>("POST", `strategy/plans/${encodeURIComponent(id)}/${step}`, {}),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ["strategy", "plans"] });
      await queries.invalidateQueries({ queryKey: ["offers"] });
    },
  });
}
