import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { request, type Contribution, type DecisionExplanation } from "../../../app/api";
import { words } from "../../../components/values/format";
import { Contributions } from "../../../components/Contributions";

const FEATURES = 12;

const inWords = (of: Contribution[]) => of.map(({ name, value }) => ({ name: words(name), value }));

/** Why the engine chose an offer: in words, and how much each reason adds to the expected reward against the runner-up's. */
export function Explanation({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  const explanation = useQuery({
    queryKey: ["explanation", id],
    queryFn: () => request<DecisionExplanation>("GET", `decisions/${encodeURIComponent(id)}/explanation`),
    staleTime: Infinity,
    enabled: open,
  });
  return (
    <div>
      <Button
        size="compact-xs"
        variant="subtle"
        aria-expanded={open}
        loading={open && explanation.isFetching}
        onClick={() => {
          setOpen(!open);
        }}
      >
        {open ? "Hide why" : "Why this choice"}
      </Button>
      {open && explanation.error && <p className="quiet">{explanation.error.message}</p>}
      {open && explanation.data && (
        <div className="why">
          <p>{explanation.data.text}</p>
          <Contributions of={inWords(explanation.data.reasons)} label="Reasons" digits={3} />
          <details>
            <summary>By feature</summary>
            <Contributions of={inWords(explanation.data.features.slice(0, FEATURES))} label="Features" digits={3} />
          </details>
        </div>
      )}
    </div>
  );
}
