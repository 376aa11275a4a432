import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Job, type NewestJobReply, request } from "../../app/api";

/** A command with its parameters, by the names and units of its schema. Money is in cents. */
export type JobRequest = { command: string } & Readonly<Record<string, string | number | boolean>>;

const KEY = ["strategy", "job"];

/** The command that runs in the engine, or the last that ran. */
export function useJob() {
  return useQuery({
    queryKey: KEY,
    queryFn: async () => (await request<NewestJobReply>("GET", "strategy/job")).job,
    refetchInterval: (query) => (query.state.data?.state === "running" ? 1000 : 10_000),
  });
}

/** Starts a command; a refusal is in `error`. */
export function useStartJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (job: JobRequest) => request<Job>("POST", "strategy/job", job),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** Cancels the running command. */
export function useCancelJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => request("DELETE", "strategy/job", {}),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
