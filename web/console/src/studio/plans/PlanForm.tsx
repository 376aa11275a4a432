import { Button, NativeSelect, NumberInput } from "@mantine/core";
import { useState } from "react";
import { useMay } from "@promobot/shared/session";
import { words } from "../../components/values/format";
import { type Goal, GOALS } from "../documents";
import { useJob, useStartJob } from "../jobs/useJob";

/** Starts the plan command, for a portfolio of the Pareto front or for the best proposals of the generators. */
export function PlanForm({ portfolio }: { portfolio?: number }) {
  const may = useMay("change_offers");
  const start = useStartJob();
  const running = useJob().data?.state === "running";
  const [goal, setGoal] = useState<Goal>("revenue");
  const [budget, setBudget] = useState<number | string>(2000);
  const [days, setDays] = useState<number | string>(28);
  if (!may) return <p className="quiet">Plans are made by marketers and admins.</p>;
  return (
    <form
      className="plan-form"
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate({
          command: "plan",
          goal,
          budget_cents: Math.round(Number(budget) * 100),
          days: Number(days),
          ...(portfolio === undefined ? {} : { point: portfolio }),
        });
      }}
    >
      <NativeSelect
        label="Goal"
        value={goal}
        data={[...GOALS].map((value) => ({ value, label: words(value) }))}
        onChange={(event) => {
          setGoal(GOALS.find((known) => known === event.currentTarget.value) ?? "revenue");
        }}
      />
      <NumberInput label="Budget, $" value={budget} onChange={setBudget} min={1} max={1_000_000} required />
      <NumberInput label="Days" value={days} onChange={setDays} min={7} max={90} allowDecimal={false} required />
      <Button type="submit" loading={start.isPending} disabled={running}>
        Make a plan
      </Button>
      {start.error && <span role="alert">{start.error.message}</span>}
    </form>
  );
}
