import { useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "../../app/api";

const NEXT: Partial<Record<string, "pause" | "resume" | "schedule">> = {
  live: "pause",
  scheduled: "pause",
  paused: "resume",
  draft: "schedule",
};

/** The next transition of an offer or a promotion, undefined at the end of its life, and the mutation that makes it. */
export function useTransition(path: string, { state, version }: { state: string; version: number }) {
  const queries = useQueryClient();
  const next = NEXT[state];
  const move = useMutation({
    mutationFn: () => request("POST", `${path}/transitions`, { transition: next, version }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["offers"] }),
  });
  return { next, move };
}
