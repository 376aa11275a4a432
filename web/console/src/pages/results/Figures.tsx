import { Link } from "wouter";
import type { Results } from "../../app/api";
import { milliseconds, percent } from "../../components/values/format";

/** The main figures of the period. */
export function Figures({ results }: { results: Results }) {
  const conversations = sum(results.days, "conversations");
  const turns = results.answers.reduce((total, day) => total + day.turns, 0);
  const slow = results.answers.reduce((total, day) => total + day.p95_ms * day.turns, 0);
  const half = results.answers.reduce((total, day) => total + day.median_ms * day.turns, 0);
  const ratings = Object.entries(results.ratings).filter(([value]) => !Number.isNaN(Number(value)));
  const rated = ratings.reduce((total, [, count]) => total + count, 0);
  const stars = ratings.reduce((total, [value, count]) => total + Number(value) * count, 0);
  return (
    <div className="figures">
      <Figure name="Conversations" value={conversations.toLocaleString("en-GB")} />
      <Figure
        name="Contained"
        value={percent(sum(results.days, "contained") / conversations, 1)}
        about="needed no person"
      />
      <Figure
        name="Not understood"
        value={percent(sum(results.days, "not_understood") / conversations, 1)}
        about="had a fallback"
        to="/conversations?fallback=true"
      />
      <Figure
        name="Handed over"
        value={percent(sum(results.days, "handed_over") / conversations, 1)}
        about="asked for a person"
        to="/conversations?handed_over=true"
      />
      <Figure
        name="Median answer time"
        value={turns ? milliseconds(Math.round(half / turns)) : "—"}
        about={turns ? `95 % within ${milliseconds(Math.round(slow / turns))}` : "no answer times yet"}
      />
      <Figure
        name="Rating"
        value={rated ? (stars / rated).toFixed(2) : "—"}
        about={rated ? `of ${rated} shoppers` : "no ratings yet"}
      />
    </div>
  );
}

/** A number with its name; with `to` it links to the conversations behind it. */
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

function sum(days: Results["days"], name: "conversations" | "contained" | "not_understood" | "handed_over"): number {
  return days.reduce((total, day) => total + day[name], 0);
}
