import { CommandForm } from "../jobs/CommandForm";

/** Starts the plan command, for a portfolio of the Pareto front or for the best proposals of the generators. */
export function PlanForm({ portfolio }: { portfolio?: number }) {
  return <CommandForm command="plan" submit="Make a plan" chosen={portfolio === undefined ? {} : { portfolio }} />;
}
