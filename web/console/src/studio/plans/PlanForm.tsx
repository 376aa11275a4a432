import { Button, NativeSelect, NumberInput } from "@mantine/core";
import { useState } from "react";
import { useMay } from "@promobot/shared/session";
import { words } from "../../components/format";
import { type Goal, GOALS } from "../documents";
import { useJob, useStart } from "../jobs";

/** What a plan is asked for: of a point of the front, or of the generators' best proposals. */
export function PlanForm({ point }: { point?: number }) {
  const may = useMay("change_offers");
  const start = useStart();
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
          ...(point === undefined ? {} : { point }),
        });
      }}
    >
      <NativeSelect
        label="Goal"
        value={goal}
        data={[...GOALS].map((value) => ({ value, label: words(value) }))}
        onChange={(event) => {
          setGoal(GOALS.find((one) => one === event.currentTarget.value) ?? "revenue");
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
