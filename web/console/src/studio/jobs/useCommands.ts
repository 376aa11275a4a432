import { useQuery } from "@tanstack/react-query";
import { request } from "../../app/api";
import type { ParamsSchema } from "./commandFields";

/** A command that can be started from the console, with the schema of its parameters. */
export interface Command {
  name: string;
  summary: string;
  documents: string[];
  makes_plan: boolean;
  params: ParamsSchema;
}

/** The commands of the engine, and the currency in which they count. */
export function useCommands() {
  return useQuery({
    queryKey: ["commands"],
    queryFn: () => request<{ commands: Command[]; currency: string }>("GET", "strategy/commands"),
    staleTime: Infinity,
  });
}
