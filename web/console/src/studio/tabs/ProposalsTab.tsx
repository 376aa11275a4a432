import { inDollars } from "@promobot/shared/money";
import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { percent, words } from "../../components/format";
import { type Document, type Goal, GOALS, type ProposalsData } from "../documents";
import { Found } from "../components/WithDocument";
import { Says, Scrolled } from "../components/parts";

/** Whole strategies that the generators proposed, with what the response model expects of them. */
export function ProposalsTab() {
  return (
    <Found<ProposalsData>
      name="generation"
      command="generate"
      about="Whole strategies from two generators beside templates and random search, scored. It takes one or two minutes."
    >
      {(document) => <Proposals document={document} />}
    </Found>
  );
}

function Proposals({ document }: { document: Document<ProposalsData> }) {
  const { data } = document;
  const [goal, setGoal] = useState<Goal>("revenue");
  return (
    <>
      <Says document={document} />
      <div className="card">
        <div className="sheet-head">
          <h2>The best for {goal}</h2>
          <NativeSelect
            className="narrow"
            aria-label="Goal"
            value={goal}
            data={[...GOALS].map((value) => ({ value, label: words(value) }))}
            onChange={(event) => {
              setGoal(GOALS.find((one) => one === event.currentTarget.value) ?? "revenue");
            }}
          />
        </div>
        <p className="quiet">
          Expected {goal} is simulated. A plan (tab Plans) is made of such proposals, within a budget and days.
        </p>
        <Scrolled label={`Proposals for ${goal}`} tall>
          <table className="offers slim">
            <thead>
              <tr>
                <th>Offer</th>
                <th>For whom</th>
                <th>When</th>
                <th>Channel</th>
                <th>Limits</th>
                <th>Expected {goal}</th>
              </tr>
            </thead>
            <tbody>
              {data.best[goal].map((one, at) => (
                <tr key={at}>
                  <td>
                    <strong>{one.title}</strong>
                  </td>
                  <td>{one.segment}</td>
                  <td>
                    {one.start_day === 0 ? "at once" : `after ${one.start_day} days`}, {one.length_days} days,{" "}
                    {one.days}
                  </td>
                  <td>{one.channel}</td>
                  <td>
                    {one.uses_per_customer} a customer, {inDollars(one.budget_cents)}
                  </td>
                  <td>{inDollars(one.cents)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      </div>
      <div className="card">
        <h2>The generators beside their rivals</h2>
        <p className="quiet">
          Novel: not among the strategies that it learned from. Coverage: of all pairs of choices, those that occur.
          Mean and best tenth: what is expected of the set and of its best tenth (simulated).
        </p>
        <Scrolled label="Generators">
          <table className="offers slim">
            <thead>
              <tr>
                <th>Generator</th>
                <th>Valid</th>
                <th>Unique</th>
                <th>Novel</th>
                <th>Coverage</th>
                <th>Mean</th>
                <th>Best tenth</th>
              </tr>
            </thead>
            <tbody>
              {data.qualities
                .filter((one) => one.goal === goal)
                .map((one) => (
                  <tr key={one.generator}>
                    <td>{one.generator}</td>
                    <td>{percent(one.valid)}</td>
                    <td>{percent(one.unique)}</td>
                    <td>{percent(one.novel)}</td>
                    <td>{percent(one.coverage)}</td>
                    <td>{inDollars(one.mean_cents)}</td>
                    <td>{inDollars(one.best_tenth_cents)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </Scrolled>
      </div>
    </>
  );
}
