import { Alert, Button, Progress } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import { ask } from "../app/api";
import { useMay } from "@promobot/shared/session";
import { fullMoment, words } from "../components/format";

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

export interface Order {
  command: string;
  goal?: string;
  budget_cents?: number;
  days?: number;
  point?: number;
}

const KEY = ["strategy", "job"];

/** The command that runs in the engine, or ran last. */
export function useJob() {
  return useQuery({
    queryKey: KEY,
    queryFn: async () => (await ask<{ job: Job | null }>("GET", "strategy/job")).job,
    refetchInterval: (query) => (query.state.data?.state === "running" ? 1000 : 10_000),
  });
}

/** Starts a command; what is refused is in `error`. */
export function useStart() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (order: Order) => ask<Job>("POST", "strategy/job", order),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** What runs now and how far it is; what ended last. When something ends, the pages are read again. `plan` is on the page. */
export function JobBar({ plan }: { plan?: string | undefined }) {
  const queries = useQueryClient();
  const job = useJob().data;
  const may = useMay("change_offers");
  const cancel = useMutation({
    mutationFn: () => ask("DELETE", "strategy/job", {}),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  const state = job?.state;
  const before = useRef(state);
  useEffect(() => {
    if (before.current === "running" && state !== "running") void queries.invalidateQueries({ queryKey: ["strategy"] });
    before.current = state;
  }, [state, queries]);
  if (!job) return null;
  if (job.state === "done" && job.plan_id === plan) return null;
  if (job.state !== "running") return <Ended job={job} />;
  const share = job.of ? (100 * (job.done ?? 0)) / job.of : 0;
  return (
    <div className="card job" role="status" aria-label={`${words(job.command)} runs`}>
      <div className="sheet-head">
        <span>
          <strong>{words(job.command)}</strong> runs{" "}
          <span className="quiet">
            {job.step ? `${job.step}, ${job.done ?? 0} of ${job.of ?? 0}` : "reading the sales"} · started by{" "}
            {job.started_by}
          </span>
        </span>
        {may && (
          <Button
            size="compact-sm"
            variant="default"
            loading={cancel.isPending}
            onClick={() => {
              cancel.mutate();
            }}
          >
            Cancel it
          </Button>
        )}
      </div>
      <Progress value={share} animated aria-label="How far this step is" />
    </div>
  );
}

function Ended({ job }: { job: Job }) {
  if (job.state === "done" && job.plan_id) {
    return (
      <Alert color="teal" title="The plan is made">
        <Link to={`/studio/plans/${job.plan_id}`}>Look at {job.plan_id}</Link>
      </Alert>
    );
  }
  if (job.state === "done") return null;
  return (
    <Alert color={job.state === "failed" ? "red" : "gray"} title={`${words(job.command)} ${job.state}`} role="alert">
      {job.state === "failed" ? (job.message ?? "It said nothing.") : `Started by ${job.started_by}.`}
    </Alert>
  );
}

/** When a page's numbers were made, and making them anew. */
export function MadeAt({ command, at }: { command: string; at: string }) {
  return (
    <footer className="made quiet">
      Made {fullMoment(at)} by <code>promobot strategy {command}</code> <Make command={command} label="Make it again" />
    </footer>
  );
}

/** The button that starts a command, for those who may. */
export function Make({
  command,
  label,
  order = {},
}: {
  command: string;
  label: string;
  order?: Omit<Order, "command">;
}) {
  const may = useMay("change_offers");
  const start = useStart();
  const running = useJob().data?.state === "running";
  if (!may) return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={start.isPending}
        disabled={running}
        onClick={() => {
          start.mutate({ command, ...order });
        }}
      >
        {label}
      </Button>
      {start.error && <span role="alert">{start.error.message}</span>}
    </>
  );
}
