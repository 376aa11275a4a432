import { inUnits } from "@promobot/shared/money";
import { Alert, Badge, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { ask, type Results, type Uplift } from "../../app/api";
import { fullMoment, milliseconds, percent, words } from "../../components/format";
import { Plot } from "../../components/Plot";
import { Candidates } from "./Candidates";
import { Empty, Failure, Loading } from "../../components/states";
import { wilson } from "../../components/wilson";

const STEPS: Record<string, string> = {
  conversations: "Conversations",
  proposed: "Offer made",
  exposed: "Offer seen",
  accepted: "Accepted",
  redeemed: "Redeemed",
};

/** How the bot does: service, sales, and whether both are better than without it. */
export function ResultsPage() {
  const [days, setDays] = useState("30");
  const results = useQuery({
    queryKey: ["results", days],
    queryFn: () => ask<Results>("GET", `results?days=${days}`),
    refetchInterval: 60_000,
  });
  return (
    <section className="sheet">
      <header className="sheet-head">
        <div>
          <h1>Results</h1>
          <p className="quiet">Counted by the day on which a conversation began, in UTC.</p>
        </div>
        <NativeSelect
          aria-label="Counted over"
          value={days}
          data={[
            { value: "7", label: "Last 7 days" },
            { value: "30", label: "Last 30 days" },
            { value: "90", label: "Last 90 days" },
            { value: "365", label: "Last year" },
          ]}
          onChange={(event) => {
            setDays(event.currentTarget.value);
          }}
        />
      </header>
      {results.error ? (
        <Failure error={results.error} retry={() => void results.refetch()} />
      ) : results.data ? (
        <Everything results={results.data} />
      ) : (
        <Loading lines={6} />
      )}
    </section>
  );
}

function Everything({ results }: { results: Results }) {
  if (results.days.length === 0) {
    return <Empty title="No conversations in these days">Choose a longer time, or wait for a shopper.</Empty>;
  }
  return (
    <>
      {results.alarms.map((alarm) => (
        <Alert key={alarm.name} color="orange" title={words(alarm.name)}>
          {alarm.message}
        </Alert>
      ))}
      <Figures results={results} />
      <div className="cards wide">
        <Service results={results} />
        <AnswerTimes results={results} />
      </div>
      <Funnel results={results} />
      {results.report && (
        <>
          <div className="cards wide">
            <UpliftCard uplift={results.report.uplift} holdout={results.report.holdout_basis_points / 10_000} />
            <Acceptance results={results} />
          </div>
          <Lines results={results} />
        </>
      )}
      <Candidates />
    </>
  );
}

function Figures({ results }: { results: Results }) {
  const total = sum(results.days, "conversations");
  const turns = results.answers.reduce((all, day) => all + day.turns, 0);
  const slow = results.answers.reduce((all, day) => all + day.p95_ms * day.turns, 0);
  const half = results.answers.reduce((all, day) => all + day.median_ms * day.turns, 0);
  const ratings = Object.entries(results.ratings).filter(([value]) => !Number.isNaN(Number(value)));
  const rated = ratings.reduce((all, [, count]) => all + count, 0);
  const stars = ratings.reduce((all, [value, count]) => all + Number(value) * count, 0);
  return (
    <div className="figures">
      <Figure name="Conversations" value={total.toLocaleString("en-GB")} />
      <Figure name="Contained" value={percent(sum(results.days, "contained") / total, 1)} about="needed no person" />
      <Figure
        name="Not understood"
        value={percent(sum(results.days, "not_understood") / total, 1)}
        about="had a fallback"
        to="/conversations?fallback=true"
      />
      <Figure
        name="Handed over"
        value={percent(sum(results.days, "handed_over") / total, 1)}
        about="asked for a person"
        to="/conversations?handed_over=true"
      />
      <Figure
        name="Answer, half within"
        value={turns ? milliseconds(Math.round(half / turns)) : "—"}
        about={turns ? `95 % within ${milliseconds(Math.round(slow / turns))}` : "no turn was timed yet"}
      />
      <Figure
        name="Rating"
        value={rated ? (stars / rated).toFixed(2) : "—"}
        about={rated ? `of ${rated} shoppers` : "nobody has rated yet"}
      />
    </div>
  );
}

function Figure({ name, value, about, to }: { name: string; value: string; about?: string; to?: string }) {
  const inside = (
    <>
      <span className="quiet">{name}</span>
      <strong>{value}</strong>
      <span className="quiet">{about}</span>
    </>
  );
  return to ? (
    <Link to={to} className="card figure">
      {inside}
    </Link>
  ) : (
    <div className="card figure">{inside}</div>
  );
}

function Service({ results }: { results: Results }) {
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

function AnswerTimes({ results }: { results: Results }) {
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
          label: "Half within",
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
      <h2>Time to the answer</h2>
      {at.length === 0 ? (
        <Empty title="No turn was timed in these days" />
      ) : (
        <Plot label="Time to the answer by day" at={at} lines={lines} format={rounded} />
      )}
    </div>
  );
}

function Funnel({ results }: { results: Results }) {
  const first = results.funnel[0]?.conversations ?? 0;
  const query = (outcome: string | null) => {
    const wanted = new URLSearchParams({ started_from: results.since });
    if (outcome) wanted.set("outcome", outcome);
    return wanted.toString();
  };
  return (
    <div className="card">
      <h2>From a conversation to a used code</h2>
      <ol className="funnel">
        {results.funnel.map((step, place) => {
          const before = results.funnel[place - 1];
          return (
            <li key={step.step}>
              <Link to={`/conversations?${query(step.outcome)}`}>
                <span className="funnel-name">{STEPS[step.step] ?? step.step}</span>
                <span className="funnel-bar">
                  <span style={{ width: `${first ? (100 * step.conversations) / first : 0}%` }} />
                </span>
                <strong>{step.conversations.toLocaleString("en-GB")}</strong>
                <span className="quiet">
                  {before &&
                    before.conversations > 0 &&
                    `${percent(step.conversations / before.conversations, 1)} go on`}
                </span>
              </Link>
            </li>
          );
        })}
      </ol>
      <p className="quiet">Conversations that came as far. Each step opens them.</p>
    </div>
  );
}

function UpliftCard({ uplift, holdout }: { uplift: Uplift; holdout: number }) {
  const { at, lines } = useMemo(
    () => ({
      at: uplift.curve.map((point) => new Date(point.at).getTime() / 1000),
      lines: [
        { label: "Upper", color: "var(--brand)", values: uplift.curve.map((point) => point.upper), dashed: true },
        { label: "Uplift", color: "var(--brand)", values: uplift.curve.map((point) => point.uplift) },
        { label: "Lower", color: "var(--brand)", values: uplift.curve.map((point) => point.lower), dashed: true },
      ],
    }),
    [uplift.curve],
  );
  const { rate } = uplift;
  return (
    <div className="card">
      <h2>Uplift against the holdout</h2>
      <p className="quiet">
        Who may get offers against the {percent(holdout, 1)} who never do: the share that buys within{" "}
        {uplift.outcome_days} days. The interval holds however often one looks.
      </p>
      {rate === null ? (
        <Empty title="Nothing to compare yet">
          {uplift.treated} treated and {uplift.held_out} held-out customers are counted; {uplift.waiting} wait for their{" "}
          {uplift.outcome_days} days to pass.
        </Empty>
      ) : (
        <>
          <p className="headline">
            <strong>{points(rate.uplift)}</strong>{" "}
            <span className="quiet">
              {points(rate.lower)} to {points(rate.upper)}
            </span>{" "}
            <Badge
              radius="sm"
              variant="light"
              tt="none"
              color={rate.lower > 0 ? "teal" : rate.upper < 0 ? "red" : "gray"}
            >
              {rate.lower > 0 ? "helps" : rate.upper < 0 ? "harms" : "undecided"}
            </Badge>
          </p>
          <Plot
            label="Uplift as customers come in"
            at={at}
            lines={lines}
            format={points}
            band={BAND}
            fromZero={false}
            height={180}
          />
          <p className="quiet">
            {uplift.treated} treated buy {percent(uplift.treated_rate ?? 0, 1)}, {uplift.held_out} held out{" "}
            {percent(uplift.held_out_rate ?? 0, 1)}; {uplift.waiting} wait.
            {uplift.cents !== null && uplift.cents_lower !== null && uplift.cents_upper !== null && (
              <>
                {" "}
                Spending: {inUnits(uplift.cents)} a customer, {inUnits(uplift.cents_lower)} to{" "}
                {inUnits(uplift.cents_upper)}.
              </>
            )}
          </p>
        </>
      )}
    </div>
  );
}

function Acceptance({ results }: { results: Results }) {
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
        <Empty title="No decision in these days" />
      ) : (
        <Plot label="Offers by day" at={at} lines={lines} format={whole} />
      )}
    </div>
  );
}

/** Versions that learned from one another are one line: the policy as people know it. */
function Lines({ results }: { results: Results }) {
  const lines = results.report?.lines ?? [];
  if (lines.length === 0) return null;
  return (
    <div className="card">
      <h2>Policy versions side by side</h2>
      <p className="quiet">A line is a row of versions of which each learned from the one before.</p>
      <table className="offers">
        <thead>
          <tr>
            <th>Line</th>
            <th>Versions</th>
            <th>Decided</th>
            <th>Decisions</th>
            <th>Silent</th>
            <th>Accepted of answered</th>
            <th>It expected</th>
            <th>Redeemed</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => {
            const found = wilson(line.accepted, line.answered);
            return (
              <tr key={line.line}>
                <td>
                  <Link to={`/conversations?policy_line=${line.line}`}>{line.line}</Link>
                </td>
                <td>
                  {line.first_version} – {line.last_version}
                </td>
                <td className="quiet">until {fullMoment(line.last_at)}</td>
                <td>{line.decisions}</td>
                <td>{percent(1 - line.offered / line.decisions)}</td>
                <td>
                  {found ? (
                    <>
                      {percent(found.share, 1)}{" "}
                      <span className="quiet">
                        {percent(found.low)} – {percent(found.high)}
                      </span>
                    </>
                  ) : (
                    <span className="quiet">none yet</span>
                  )}
                </td>
                <td>{line.expected === null ? "—" : percent(line.expected, 1)}</td>
                <td>{line.redeemed}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const BAND: [number, number] = [0, 2];
const share = (value: number) => percent(value);
const rounded = (value: number) => milliseconds(Math.round(value));
const whole = (value: number) => String(Math.round(value * 10) / 10);
const points = (value: number) => `${value > 0 ? "+" : ""}${(100 * value).toFixed(1)} pp`;

function seconds(day: string): number {
  return new Date(`${day}T00:00:00Z`).getTime() / 1000;
}

function sum(days: Results["days"], name: "conversations" | "contained" | "not_understood" | "handed_over"): number {
  return days.reduce((all, day) => all + day[name], 0);
}
