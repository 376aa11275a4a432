import { useMay } from "@promobot/shared/session";
import { CommandForm } from "../jobs/CommandForm";

/** Starts the plan command, for a portfolio of the Pareto front or for the best proposals of the generators. */
export function PlanForm({ portfolio }: { portfolio?: number }) {
  const may = useMay("change_offers");
  if (!may) return <p className="quiet">Plans are made by marketers and admins.</p>;
  return <CommandForm command="plan" submit="Make a plan" chosen={portfolio === undefined ? {} : { portfolio }} />;
}
