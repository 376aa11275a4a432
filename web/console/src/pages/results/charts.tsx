/** The charts of the results, by day. */

import { useMemo } from "react";
import type { Results } from "../../app/api";
import { milliseconds, percent } from "../../components/values/format";
import { Plot } from "../../components/Plot";
import { Empty } from "../../components/states";

const share = (value: number) => percent(value);
const rounded = (value: number) => milliseconds(Math.round(value));
const whole = (value: number) => String(Math.round(value * 10) / 10);

/** Shares of contained, not understood and handed-over conversations. */
export function Service({ results }: { results: Results }) {
  const { at, lines } = useMemo(() => {
    const share = (name: "contained" | "not_understood" | "handed_over") =>
      results.days.map((day) => (day.conversations ? day[name] / day.conversations : null));
    return {
      at: results.days.map((day) => seconds(day.day)),
      lines: [
        { label: "Contained", color: "var(--brand)", values: share("contained"), filled: true },
        { label: "Not understood", color: "var(--mantine-color-red-6)", values: share("not_understood") },
        { label: "Handed over", color: "var(--mantine-color-orange-6)", values: share("handed_over") },
      ],
    };
  }, [results.days]);
  return (
    <div className="card">
      <h2>Service</h2>
      <Plot label="Shares of conversations by day" at={at} lines={lines} format={share} />
    </div>
  );
}

/** How long the bot takes to answer. */
export function AnswerTimes({ results }: { results: Results }) {
  const { at, lines } = useMemo(
    () => ({
      at: results.answers.map((day) => seconds(day.day)),
      lines: [
        {
          label: "95 % within",
          color: "var(--mantine-color-orange-6)",
          values: results.answers.map((day) => day.p95_ms),
        },
        {
          label: "Median",
          color: "var(--brand)",
          values: results.answers.map((day) => day.median_ms),
          filled: true,
        },
      ],
    }),
    [results.answers],
  );
  return (
    <div className="card">
      <h2>Answer time</h2>
      {at.length === 0 ? (
        <Empty title="No answer times in this period" />
      ) : (
        <Plot label="Answer time by day" at={at} lines={lines} format={rounded} />
      )}
    </div>
  );
}

/** Offers that shoppers saw, accepted and redeemed. */
export function OffersByDay({ results }: { results: Results }) {
  const days = results.report?.days ?? [];
  const { at, lines } = useMemo(
    () => ({
      at: days.map((day) => seconds(day.day)),
      lines: [
        { label: "Seen", color: "var(--mantine-color-blue-5)", values: days.map((day) => day.exposed), filled: true },
        { label: "Accepted", color: "var(--brand)", values: days.map((day) => day.accepted), filled: true },
        { label: "Redeemed", color: "var(--mantine-color-violet-5)", values: days.map((day) => day.redeemed) },
      ],
    }),
    [days],
  );
  return (
    <div className="card">
      <h2>Offers by day of the decision</h2>
      {at.length === 0 ? (
        <Empty title="No decisions in this period" />
      ) : (
        <Plot label="Offers by day" at={at} lines={lines} format={whole} />
      )}
    </div>
  );
}

/** The midnight that begins a day, in seconds since 1970. */
function seconds(day: string): number {
  return new Date(`${day}T00:00:00Z`).getTime() / 1000;
}
