import { Button } from "@mantine/core";
import { useMay } from "@promobot/shared/session";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request, type Suggestions } from "../../app/api";
import { Choice } from "../../components/fields";
import { Empty, ErrorAlert, Loaded } from "../../components/states";
import { SuggestionCard } from "./SuggestionCard";
import { Trainings } from "./Trainings";

const STATES = [
  { value: "open", label: "Open" },
  { value: "accepted", label: "Accepted" },
  { value: "dismissed", label: "Dismissed" },
];
const NOTHING: Record<string, string> = {
  open: "No messages wait for a meaning",
  accepted: "Nothing was accepted yet",
  dismissed: "Nothing was dismissed yet",
};

/** Groups of messages that the bot did not understand, each with what it may mean. */
export function SuggestionsTab() {
  const queries = useQueryClient();
  const may = useMay("annotate");
  const [state, setState] = useState("open");
  const suggestions = useQuery({
    queryKey: ["suggestions", state],
    queryFn: () => request<Suggestions>("GET", `language/suggestions?state=${state}`),
  });
  const group = useMutation({
    mutationFn: () => request("POST", "language/suggestions", {}),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["suggestions"] }),
  });
  return (
    <>
      <Trainings />
      <div className="pair">
        <Choice className="narrow" aria-label="State" value={state} data={STATES} change={setState} />
        {may && (
          <Button
            variant="default"
            loading={group.isPending}
            onClick={() => {
              group.mutate();
            }}
          >
            Group now
          </Button>
        )}
      </div>
      <ErrorAlert error={group.error} />
      <Loaded query={suggestions} lines={5}>
        {({ suggestions: found, meanings }) =>
          found.length === 0 ? (
            <Empty title={NOTHING[state] ?? ""}>
              Messages that the bot did not understand are grouped every night, or when you press Group now.
            </Empty>
          ) : (
            <div className="list">
              {found.map((suggestion) => (
                <SuggestionCard key={suggestion.suggestion_id} suggestion={suggestion} meanings={meanings} />
              ))}
            </div>
          )
        }
      </Loaded>
    </>
  );
}
