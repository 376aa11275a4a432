import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ask, type Contribution, type DecisionExplanation } from "./api";
import { words } from "./format";

const FEATURES = 12;

/** Why it was chosen: in words, and by how much each reason moved the expected reward beside the runner-up's. */
export function Explanation({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  const explanation = useQuery({
    queryKey: ["explanation", id],
    queryFn: () => ask<DecisionExplanation>("GET", `decisions/${encodeURIComponent(id)}/explanation`),
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
          <Bars of={explanation.data.reasons} label="Reasons" />
          <details>
            <summary>By feature</summary>
            <Bars of={explanation.data.features.slice(0, FEATURES)} label="Features" />
          </details>
        </div>
      )}
    </div>
  );
}

/** To the right what spoke for the choice, to the left what spoke against it. */
function Bars({ of, label }: { of: Contribution[]; label: string }) {
  const largest = Math.max(...of.map((one) => Math.abs(one.value)), 1e-9);
  return (
    <ul className="reasons" aria-label={label}>
      {of.map(({ name, value }) => (
        <li key={name}>
          <span>{words(name)}</span>
          <span className="reason-track">
            <span
              data-against={value < 0}
              style={{
                width: `${(50 * Math.abs(value)) / largest}%`,
                left: value < 0 ? `${50 - (50 * Math.abs(value)) / largest}%` : "50%",
              }}
            />
          </span>
          <span>
            {value > 0 ? "+" : value < 0 ? "−" : ""}
            {Math.abs(value).toFixed(3)}
          </span>
        </li>
      ))}
    </ul>
  );
}
