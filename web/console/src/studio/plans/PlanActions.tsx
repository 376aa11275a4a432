import { Alert, Button } from "@mantine/core";
import { useMoney } from "../components/money";
import { useMay } from "@promobot/shared/session";
import { useState } from "react";
import { ErrorAlert } from "../../components/states";
import { count } from "../components/numbers";
import { type Plan, type Step, useStep } from "./plans";

interface Question {
  name: string;
  confirm: string;
  question: (plan: Plan, money: ReturnType<typeof useMoney>) => string;
}

const STEPS: Record<"approval" | "stop", Question> = {
  approval: {
    name: "Approve",
    confirm: "Yes, go live",
    question: (plan, money) =>
      `${plan.offers} offers for ${count(plan.customers)} customers go live at once, with ${money(plan.budget_cents)} at most.`,
  },
  stop: {
    name: "Stop",
    confirm: "Yes, end the offers",
    question: (plan) => `All ${plan.offers} offers end at once and cannot be resumed.`,
  },
};

/** Approving, stopping and checking a plan, for those who may. A second click confirms. */
export function PlanActions({ plan }: { plan: Plan }) {
  const money = useMoney();
  const may = useMay("change_offers");
  const step = useStep(plan.plan_id);
  const [confirming, setConfirming] = useState<"approval" | "stop" | null>(null);
  const next = plan.state === "proposed" ? "approval" : plan.state === "approved" ? "stop" : null;
  if (!may) return <p className="quiet">Plans are approved and stopped by marketers and admins.</p>;
  const go = (next: Step) => {
    setConfirming(null);
    step.mutate(next);
  };
  return (
    <>
      <div className="facts" hidden={confirming !== null}>
        {next !== null && confirming === null && (
          <Button
            color={next === "stop" ? "red" : "teal"}
            variant={next === "stop" ? "light" : "filled"}
            loading={step.isPending}
            onClick={() => {
              setConfirming(next);
            }}
          >
            {STEPS[next].name}
          </Button>
        )}
        {plan.state === "approved" && confirming === null && (
          <Button
            variant="default"
            loading={step.isPending}
            onClick={() => {
              go("watch");
            }}
          >
            Check stop rules
          </Button>
        )}
      </div>
      {confirming !== null && (
        <Alert
          color={confirming === "stop" ? "red" : "teal"}
          title={`${STEPS[confirming].name}: ${plan.plan_id}?`}
          role="alertdialog"
          aria-label="Are you sure?"
        >
          <p>{STEPS[confirming].question(plan, money)}</p>
          <div className="facts">
            <Button
              size="xs"
              color={confirming === "stop" ? "red" : "teal"}
              autoFocus
              onClick={() => {
                go(confirming);
              }}
            >
              {STEPS[confirming].confirm}
            </Button>
            <Button
              size="xs"
              variant="default"
              onClick={() => {
                setConfirming(null);
              }}
            >
              No
            </Button>
          </div>
        </Alert>
      )}
      <ErrorAlert error={step.error} />
      {step.data?.stopped && (
        <Alert color="teal" role="status">
          {step.data.stopped.length === 0
            ? "No stop rule applies to any offer."
            : step.data.stopped.map(({ promotion_id, reason }) => `${promotion_id} ended: ${reason}`).join("; ")}
        </Alert>
      )}
    </>
  );
}
