import { inDollars } from "@promobot/shared/money";
import { Alert, Badge, Button } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { useMay } from "@promobot/shared/session";
import { fullMoment, percent, words } from "../../components/format";
import { Failure, Loading } from "../../components/states";
import { count, named } from "../components/numbers";
import { Bars, Figure, Scrolled } from "../components/parts";
import { type Origin, type Plan, PLAN_COLORS, type Step, usePlan, useStep } from "./plans";

/** One plan as a marketer reads it, with what may be done to it. */
export function PlanPage({ id }: { id: string }) {
  const plan = usePlan(id);
  if (plan.data) return <Shown plan={plan.data} />;
  if (plan.error) return <Failure error={plan.error} retry={() => void plan.refetch()} />;
  return <Loading lines={5} />;
}

function Shown({ plan }: { plan: Plan }) {
  const { goal, holdout, interval_cents: interval } = plan;
  return (
    <>
      <header className="sheet-head">
        <div>
          <h2>
            Plan {plan.plan_id}{" "}
            <Badge radius="sm" variant="light" tt="none" color={PLAN_COLORS[plan.state]}>
              {plan.state}
            </Badge>
          </h2>
          <p className="quiet">
            For {goal} with {inDollars(plan.budget_cents)}; made {fullMoment(plan.created_at)} by {plan.created_by}
            {plan.decided_at !== null &&
              `; ${plan.state} ${fullMoment(plan.decided_at)} by ${plan.decided_by ?? "nobody"}`}
          </p>
        </div>
        <Link to="/studio/plans">All plans</Link>
      </header>
      <Steps plan={plan} />
      <div className="figures">
        {Object.entries(plan.expected).map(([name, value]) => {
          const measure = name.replace(/_cents$/, "");
          return (
            <Figure
              key={name}
              name={`Expected ${measure} (simulated)`}
              value={inDollars(value)}
              more={measure === goal ? `95 %: ${interval.map(inDollars).join(" to ")}` : "beside doing nothing"}
            />
          );
        })}
        <Figure
          name="Audience"
          value={count(plan.customers)}
          more={`customers get ${plan.offers === 1 ? "the offer" : `${plan.offers} offers`}`}
        />
        <Figure
          name="Held out"
          value={`${count(holdout.customers ?? 0)} (${percent(holdout.share ?? 0)})`}
          more={power(holdout.power ?? 0)}
        />
      </div>
      <OfferList plan={plan} />
      <div className="card">
        <h2>Why</h2>
        <ul className="whys">
          {plan.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
        {plan.origin && <FromFront origin={plan.origin} />}
      </div>
      <div className="two even">
        <div className="card">
          <h2>Pacing</h2>
          <p className="quiet">
            What each week is expected to cost; the engine keeps each promotion within its budget.
          </p>
          <Bars
            label="Expected cost by week"
            of={plan.pacing.map((week) => ({
              name: `from ${week.from}`,
              value: week.cost_cents,
              text: inDollars(week.cost_cents),
            }))}
          />
        </div>
        <div className="card">
          <h2>Stop rule</h2>
          <p>
            An offer of which surely fewer than {percent(plan.stop_rules.min_acceptance ?? 0)} of those shown are
            accepted ends. The engine looks by itself; the bound may be looked at any time.
          </p>
          <h2>Holdout</h2>
          <p>
            Who is held out is fixed by plan and customer. They never get an offer of this plan, and what they do is the
            comparison.
          </p>
        </div>
      </div>
    </>
  );
}

function power(reached: number): string {
  const chance = `${percent(reached)} chance to see the least effect asked for`;
  return reached >= 0.8 ? chance : `${chance}; the audience is too small for 80 %`;
}

const STEPS: Record<"approval" | "stop", { name: string; sure: string; asks: (plan: Plan) => string }> = {
  approval: {
    name: "Approve",
    sure: "Yes, put it live",
    asks: (plan) =>
      `${plan.offers} offers for ${count(plan.customers)} customers go live at once, with ${inDollars(plan.budget_cents)} at most.`,
  },
  stop: {
    name: "Stop it",
    sure: "Yes, end its offers",
    asks: (plan) => `All ${plan.offers} offers end at once and cannot be taken up again.`,
  },
};

function Steps({ plan }: { plan: Plan }) {
  const may = useMay("change_offers");
  const step = useStep(plan.plan_id);
  const [asked, setAsked] = useState<"approval" | "stop" | null>(null);
  const next = plan.state === "proposed" ? "approval" : plan.state === "approved" ? "stop" : null;
  if (!may) return <p className="quiet">Plans are approved and stopped by marketers and admins.</p>;
  const go = (what: Step) => {
    setAsked(null);
    step.mutate(what);
  };
  return (
    <>
      <div className="facts" hidden={asked !== null}>
        {next !== null && asked === null && (
          <Button
            color={next === "stop" ? "red" : "teal"}
            variant={next === "stop" ? "light" : "filled"}
            loading={step.isPending}
            onClick={() => {
              setAsked(next);
            }}
          >
            {STEPS[next].name}
          </Button>
        )}
        {plan.state === "approved" && asked === null && (
          <Button
            variant="default"
            loading={step.isPending}
            onClick={() => {
              go("watch");
            }}
          >
            Let the stop rules look
          </Button>
        )}
      </div>
      {asked !== null && (
        <Alert
          color={asked === "stop" ? "red" : "teal"}
          title={`${STEPS[asked].name}: ${plan.plan_id}?`}
          role="alertdialog"
          aria-label="Are you sure?"
        >
          <p>{STEPS[asked].asks(plan)}</p>
          <div className="facts">
            <Button
              size="xs"
              color={asked === "stop" ? "red" : "teal"}
              autoFocus
              onClick={() => {
                go(asked);
              }}
            >
              {STEPS[asked].sure}
            </Button>
            <Button
              size="xs"
              variant="default"
              onClick={() => {
                setAsked(null);
              }}
            >
              No
            </Button>
          </div>
        </Alert>
      )}
      {step.error && (
        <Alert color="red" role="alert">
          {step.error.message}
        </Alert>
      )}
      {step.data?.stopped && (
        <Alert color="teal" role="status">
          {step.data.stopped.length === 0
            ? "Nothing speaks against any of its offers yet."
            : step.data.stopped.map((one) => `${one.promotion_id} ended: ${one.reason}`).join("; ")}
        </Alert>
      )}
    </>
  );
}

function OfferList({ plan }: { plan: Plan }) {
  const standing = new Map(plan.standing.map((one) => [one.offer_id, one]));
  const budgets = new Map(plan.promotions.map((one) => [one.promotion_id, one.limits?.budget_cents]));
  return (
    <div className="card">
      <h2>Offers</h2>
      <Scrolled label="Offers of the plan">
        <table className="offers slim">
          <thead>
            <tr>
              <th>Offer</th>
              <th>Customers</th>
              <th>From</th>
              <th>Until</th>
              <th>Budget</th>
              <th>State</th>
              <th>Shown, accepted, redeemed</th>
            </tr>
          </thead>
          <tbody>
            {plan.offer_terms.map((offer) => {
              const now = standing.get(offer.offer_id);
              return (
                <tr key={offer.offer_id}>
                  <td>
                    <strong>{offer.title}</strong>
                    <span className="quiet">{offer.terms}</span>
                  </td>
                  <td>{count(plan.audiences[offer.promotion_id] ?? 0)}</td>
                  <td>{offer.starts_at.slice(0, 10)}</td>
                  <td>{offer.ends_at.slice(0, 10)}</td>
                  <td>{inDollars(budgets.get(offer.promotion_id))}</td>
                  <td>{now ? <Link to="/offers">{now.state}</Link> : <span className="quiet">not live</span>}</td>
                  <td>{now ? `${now.exposures}, ${now.accepted}, ${now.redeemed}` : "—"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scrolled>
    </div>
  );
}

/** What of the chosen portfolio became part of the plan. */
function FromFront({ origin }: { origin: Origin }) {
  return (
    <>
      <h3>From portfolio {origin.point} of the front</h3>
      <p className="quiet">
        It brings{" "}
        {Object.entries(origin.goals_cents_a_week)
          .map(([name, cents]) => `${inDollars(cents)} of ${name}`)
          .join(", ")}{" "}
        a week (simulated), as a whole.
      </p>
      <ul className="whys">
        {origin.carried.map((one) => (
          <li key={one.category}>
            {named(one.category)}: it asks for {percent(one.asked, 1)} off, the plan gives {percent(one.planned)}.
          </li>
        ))}
        {origin.left_out.length > 0 && <li>Left out: {origin.left_out.map(named).join(", ")}.</li>}
        {origin.mailers.length > 0 && (
          <li>
            {words("mailers")} that the engine does not send: {origin.mailers.map(named).join(", ")}.
          </li>
        )}
      </ul>
    </>
  );
}
