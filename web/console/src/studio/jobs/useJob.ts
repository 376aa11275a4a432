import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ask } from "../../app/api";

export interface Job {
  job_id: string;
  command: string;
  state: "running" | "done" | "failed" | "cancelled";
  started_at: string;
  started_by: string;
  plan_id: string | null;
  finished_at: string | null;
  step: string | null;
  done: number | null;
  of: number | null;
  message: string | null;
}

/** A command with its parameters. Money is in cents. */
export interface JobRequest {
  command: string;
  goal?: string;
  budget_cents?: number;
  days?: number;
  point?: number;
}

const KEY = ["strategy", "job"];

/** The command that runs in the engine, or the last that ran. */
export function useJob() {
  return useQuery({
    queryKey: KEY,
    queryFn: async () => (await ask<{ job: Job | null }>("GET", "strategy/job")).job,
    refetchInterval: (query) => (query.state.data?.state === "running" ? 1000 : 10_000),
  });
}

/** Starts a command; a refusal is in `error`. */
export function useStartJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (request: JobRequest) => ask<Job>("POST", "strategy/job", request),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** Cancels the running command. */
export function useCancelJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => ask("DELETE", "strategy/job", {}),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
