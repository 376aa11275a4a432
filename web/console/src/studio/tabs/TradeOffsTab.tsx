import { Table } from "../../components/Table";
import { useMoney } from "../components/money";
import { NativeSelect, Slider } from "@mantine/core";
import { useMemo, useState } from "react";
import { percent, words } from "../../components/values/format";
import { type Document, type ParetoFrontData, type Goal, GOALS, type Portfolio } from "../documents";
import { WithDocument } from "../components/WithDocument";
import { count, categoryName, decimals } from "../components/numbers";
import { Bars, Figure, DocumentText, Scrolled } from "../components/DocumentParts";
import { PlanForm } from "../plans/PlanForm";
import { colorOf, Scatter, type Spot } from "../components/Scatter";

/** A plan carries no discount below half of the smallest discount of an offer. */
const NO_DISCOUNT = 0.025;

/** The Pareto front of three goals, and the chosen portfolio. */
export function TradeOffsTab() {
  return (
    <WithDocument<ParetoFrontData>
      name="optimisation"
      command="optimise"
      about="Portfolios of discounts for three goals at once, to choose from. It takes two or three minutes."
    >
      {(document) => <TradeOffs document={document} />}
    </WithDocument>
  );
}

function TradeOffs({ document }: { document: Document<ParetoFrontData> }) {
  const money = useMoney();
  const { data } = document;
  const [x, setX] = useState<Goal>("revenue");
  const [y, setY] = useState<Goal>("satisfaction");
  const [at, setAt] = useState(0);
  const [a, b] = [GOALS.indexOf(x), GOALS.indexOf(y)];
  const choices = useMemo(() => data.portfolios.map(({ goals }): Spot => [goals[a] ?? 0, goals[b] ?? 0]), [data, a, b]);
  const groups = useMemo(
    () => [
      ...data.searches.slice(0, -1).map((search, index) => ({
        name: search.name,
        color: colorOf(index + 1),
        spots: search.goals.map((goals): Spot => [goals[a] ?? 0, goals[b] ?? 0]),
        size: 3,
      })),
      {
        name: `${data.searches.at(-1)?.name ?? "search"} (to choose from)`,
        color: colorOf(0),
        spots: choices,
        size: 7,
      },
      { name: "no promotions", color: "var(--mantine-color-text)", spots: [[0, 0] as Spot], size: 9 },
    ],
    [data, a, b, choices],
  );
  const portfolio = data.portfolios[at];
  return (
    <>
      <DocumentText document={document} />
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
            Amounts a week more than without promotions, simulated. Click a portfolio, or move along the front with the
            slider.
          </p>
          <Scatter
            label={`Portfolios by ${x} and ${y}`}
            groups={groups}
            x={{ name: `${x}, a week`, format: money }}
            y={{ name: `${y}, a week`, format: money }}
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
            A plan carries at most five discounts of the portfolio, rounded to what an offer can give. The plan lists
            what it leaves out.
          </p>
          <PlanForm portfolio={portfolio.point} />
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

function Chosen({ portfolio, data }: { portfolio: Portfolio; data: ParetoFrontData }) {
  const money = useMoney();
  const shares = (values: number[], names: string[], least: number) =>
    names
      .map((name, at) => ({ name: categoryName(name), value: values[at] ?? 0, text: percent(values[at] ?? 0) }))
      .filter(({ value }) => value >= least)
      .sort((a, b) => b.value - a.value);
  const discounts = shares(portfolio.depth, data.categories, NO_DISCOUNT);
  return (
    <section className="card" aria-label="The chosen portfolio">
      <h2>Portfolio {portfolio.point}</h2>
      <div className="figures">
        {GOALS.map((goal, at) => (
          <Figure key={goal} name={words(goal)} value={money(portfolio.goals[at])} more="a week, simulated" />
        ))}
      </div>
      <h3>Discounts</h3>
      {discounts.length > 0 ? (
        <Bars label="Discounts by category" of={discounts} />
      ) : (
        <p className="quiet">None of {percent(NO_DISCOUNT, 1)} or more.</p>
      )}
      <h3>Eligible customers</h3>
      <Bars label="Eligible share of each segment" of={shares(portfolio.let_in, data.segments, 0)} />
      <h3>Why this portfolio is on the front</h3>
      <p className="quiet">
        No portfolio of the search brings more of a goal without less of another, within{" "}
        {money(data.constraints.budget_cents)} a week, {decimals(data.constraints.stock)} usual weeks of stock, and with
        savings of every segment of at least {percent(data.constraints.fairness)} of the largest.
      </p>
    </section>
  );
}

function Searches({ data }: { data: ParetoFrontData }) {
  return (
    <div className="card">
      <h2>Searches</h2>
      <p className="quiet">
        A run of each search with the same number of tries. Hypervolume is the part of the goal space that a front
        covers.
      </p>
      <Scrolled label="Searches">
        <Table slim head={["Search", "Portfolios", "Hypervolume"]}>
          {data.searches.map((search) => (
            <tr key={search.name}>
              <td>{search.name}</td>
              <td>{count(search.found)}</td>
              <td>{decimals(search.hypervolume)}</td>
            </tr>
          ))}
        </Table>
      </Scrolled>
    </div>
  );
}
