import { inDollars } from "@promobot/shared/money";
import { NativeSelect, Slider } from "@mantine/core";
import { useMemo, useState } from "react";
import { percent, words } from "../../components/format";
import { type Document, type FrontData, type Goal, GOALS, type Portfolio } from "../documents";
import { Found } from "../components/WithDocument";
import { count, named, plain } from "../components/numbers";
import { Bars, Figure, Says, Scrolled } from "../components/parts";
import { PlanForm } from "../plans/PlanForm";
import { colorOf, Scatter, type Spot } from "../components/Scatter";

/** A plan carries no discount smaller than half of the smallest that the engine's offers may have. */
const NO_DISCOUNT = 0.025;
const MAILED = 0.5;

/** The best trade-offs between three goals, one of which can be chosen. */
export function FrontTab() {
  return (
    <Found<FrontData>
      name="optimisation"
      command="optimise"
      about="Portfolios of discounts and mailers for three goals at once, to choose from. It takes two or three minutes."
    >
      {(document) => <Front document={document} />}
    </Found>
  );
}

function Front({ document }: { document: Document<FrontData> }) {
  const { data } = document;
  const [x, setX] = useState<Goal>("revenue");
  const [y, setY] = useState<Goal>("satisfaction");
  const [at, setAt] = useState(0);
  const [a, b] = [GOALS.indexOf(x), GOALS.indexOf(y)];
  const choices = useMemo(() => data.portfolios.map(({ goals }): Spot => [goals[a] ?? 0, goals[b] ?? 0]), [data, a, b]);
  const groups = useMemo(
    () => [
      ...data.searches.slice(0, -1).map((search, place) => ({
        name: search.name,
        color: colorOf(place + 1),
        spots: search.goals.map((goals): Spot => [goals[a] ?? 0, goals[b] ?? 0]),
        size: 3,
      })),
      {
        name: `${data.searches.at(-1)?.name ?? "chosen search"} (to choose from)`,
        color: colorOf(0),
        spots: choices,
        size: 7,
      },
      { name: "doing nothing", color: "var(--mantine-color-text)", spots: [[0, 0] as Spot], size: 9 },
    ],
    [data, a, b, choices],
  );
  const portfolio = data.portfolios[at];
  return (
    <>
      <Says document={document} />
      <div className="two even">
        <div className="card">
          <div className="sheet-head">
            <h2>Pareto front</h2>
            <div className="pair">
              <GoalChoice label="To the right" value={x} change={setX} />
              <GoalChoice label="Upwards" value={y} change={setY} />
            </div>
          </div>
          <p className="quiet">
            Dollars a week beside doing nothing, simulated. Click on a point, or move along the front below.
          </p>
          <Scatter
            label={`Portfolios by ${x} and ${y}`}
            groups={groups}
            x={{ name: `${x}, a week`, format: inDollars }}
            y={{ name: `${y}, a week`, format: inDollars }}
            choices={choices}
            chosen={at}
            choose={setAt}
          />
          <Slider
            thumbLabel="Along the front, from most revenue to least"
            label={null}
            min={0}
            max={data.portfolios.length - 1}
            value={at}
            onChange={setAt}
          />
        </div>
        {portfolio && <Chosen portfolio={portfolio} data={data} />}
      </div>
      {portfolio && (
        <div className="card">
          <h2>Make a plan of portfolio {portfolio.point}</h2>
          <p className="quiet">
            A plan carries at most five of its discounts, as near as an offer can say them, and no mailers: the engine
            sends none. What is left out stands in the plan.
          </p>
          <PlanForm point={portfolio.point} />
        </div>
      )}
      <Searches data={data} />
    </>
  );
}

function GoalChoice({ label, value, change }: { label: string; value: Goal; change: (to: Goal) => void }) {
  return (
    <NativeSelect
      size="xs"
      label={label}
      value={value}
      data={[...GOALS].map((goal) => ({ value: goal, label: words(goal) }))}
      onChange={(event) => {
        change(GOALS.find((goal) => goal === event.currentTarget.value) ?? value);
      }}
    />
  );
}

function Chosen({ portfolio, data }: { portfolio: Portfolio; data: FrontData }) {
  const shares = (values: number[], names: string[], least: number) =>
    names
      .map((name, at) => ({ name: named(name), value: values[at] ?? 0, text: percent(values[at] ?? 0) }))
      .filter(({ value }) => value >= least)
      .sort((one, other) => other.value - one.value);
  const mailed = shares(portfolio.mailer, data.categories, MAILED).map(({ name }) => name);
  const discounts = shares(portfolio.depth, data.categories, NO_DISCOUNT);
  return (
    <section className="card" aria-label="The chosen portfolio">
      <h2>Portfolio {portfolio.point}</h2>
      <div className="figures">
        {GOALS.map((goal, at) => (
          <Figure key={goal} name={words(goal)} value={inDollars(portfolio.goals[at])} more="a week, simulated" />
        ))}
      </div>
      <h3>Discounts</h3>
      {discounts.length > 0 ? (
        <Bars label="Discounts by category" of={discounts} />
      ) : (
        <p className="quiet">None of {percent(NO_DISCOUNT, 1)} or more.</p>
      )}
      <h3>Who is let in</h3>
      <Bars label="Share of each segment that is let in" of={shares(portfolio.let_in, data.segments, 0)} />
      <h3>In the mailer</h3>
      <p className="quiet">{mailed.length > 0 ? mailed.join(", ") : "Nothing for half of a week or more."}</p>
      <h3>Why this lies on the front</h3>
      <p className="quiet">
        Nothing that was found brings more of one goal without bringing less of another, within{" "}
        {inDollars(data.constraints.budget_cents)} a week, {plain(data.constraints.stock)} usual weeks of stock, and no
        segment saving less than {percent(data.constraints.fairness)} of what the best one does.
      </p>
    </section>
  );
}

function Searches({ data }: { data: FrontData }) {
  return (
    <div className="card">
      <h2>The searches</h2>
      <p className="quiet">
        One run each with the same number of tries; hypervolume is how much of the space of goals a front covers.
      </p>
      <Scrolled label="Searches">
        <table className="offers slim">
          <thead>
            <tr>
              <th>Search</th>
              <th>Portfolios</th>
              <th>Hypervolume</th>
            </tr>
          </thead>
          <tbody>
            {data.searches.map((one) => (
              <tr key={one.name}>
                <td>{one.name}</td>
                <td>{count(one.found)}</td>
                <td>{plain(one.hypervolume)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
    </div>
  );
}
