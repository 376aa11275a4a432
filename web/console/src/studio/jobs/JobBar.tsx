import { Alert, Button, Progress } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import type { Job } from "../../app/api";
import { words } from "../../components/values/format";
import { useCancelJob, useJob } from "./useJob";

/** The running job with its progress, or how the last job ended. At the end of a job the pages load again. `plan` is the open plan. */
export function JobBar({ plan }: { plan?: string | undefined }) {
  const queries = useQueryClient();
  const job = useJob().data;
  const may = useMay("change_offers");
  const cancel = useCancelJob();
  const state = job?.state;
  const before = useRef(state);
  useEffect(() => {
    if (before.current === "running" && state !== "running") void queries.invalidateQueries({ queryKey: ["strategy"] });
    before.current = state;
  }, [state, queries]);
  if (!job) return null;
  if (job.state === "done" && job.plan_id === plan) return null;
  if (job.state !== "running") return <EndedJob job={job} />;
  const share = job.of ? (100 * (job.done ?? 0)) / job.of : 0;
  return (
    <div className="card job" role="status" aria-label={`${words(job.command)} runs`}>
      <div className="sheet-head">
        <span>
          <strong>{words(job.command)}</strong> runs{" "}
          <span className="quiet">
            {job.step ? `${job.step}, ${job.done ?? 0} of ${job.of ?? 0}` : "reading sales"} · started by{" "}
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
            Cancel
          </Button>
        )}
      </div>
      <Progress value={share} animated aria-label="Progress of this step" />
    </div>
  );
}

function EndedJob({ job }: { job: Job }) {
  if (job.state === "done" && job.plan_id) {
    return (
      <Alert color="teal" title="The plan is ready">
        <Link to={`/studio/plans/${job.plan_id}`}>Open {job.plan_id}</Link>
      </Alert>
    );
  }
  if (job.state === "done") return null;
  return (
    <Alert color={job.state === "failed" ? "red" : "gray"} title={`${words(job.command)} ${job.state}`} role="alert">
      {job.state === "failed" ? (job.message ?? "The command left no message.") : `Started by ${job.started_by}.`}
    </Alert>
  );
}
