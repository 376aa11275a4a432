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

/** The commands of the engine. They change only when the engine is updated. */
export function useCommands() {
  return useQuery({
    queryKey: ["commands"],
    queryFn: async () => (await request<{ commands: Command[] }>("GET", "strategy/commands")).commands,
    staleTime: Infinity,
  });
}
