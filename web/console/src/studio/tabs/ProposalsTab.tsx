import { Table } from "../../components/Table";
import { useMoney } from "../components/money";
import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { percent, words } from "../../components/values/format";
import { type Document, type Goal, GOALS, type ProposalsData } from "../documents";
import { WithDocument } from "../components/WithDocument";
import { DocumentText, Scrolled } from "../components/DocumentParts";

/** Strategies of the generators, with the results that the response model expects. */
export function ProposalsTab() {
  return (
    <WithDocument<ProposalsData>
      name="generation"
      command="generate"
      about="Whole strategies from two generators beside templates and random search, scored. It takes one or two minutes."
    >
      {(document) => <Proposals document={document} />}
    </WithDocument>
  );
}

function Proposals({ document }: { document: Document<ProposalsData> }) {
  const money = useMoney();
  const { data } = document;
  const [goal, setGoal] = useState<Goal>("revenue");
  return (
    <>
      <DocumentText document={document} />
      <div className="card">
        <div className="sheet-head">
          <h2>Best strategies for {goal}</h2>
          <NativeSelect
            className="narrow"
            aria-label="Goal"
            value={goal}
            data={[...GOALS].map((value) => ({ value, label: words(value) }))}
            onChange={(event) => {
              setGoal(GOALS.find((known) => known === event.currentTarget.value) ?? "revenue");
            }}
          />
        </div>
        <p className="quiet">
          Expected {goal} is simulated. A plan (tab Plans) consists of such proposals, within budget and days.
        </p>
        <Scrolled label={`Proposals for ${goal}`} tall>
          <Table slim head={["Offer", "For whom", "When", "Channel", "Limits", `Expected ${goal}`]}>
            {data.best[goal].map((proposal, at) => (
              <tr key={at}>
                <td>
                  <strong>{proposal.title}</strong>
                </td>
                <td>{proposal.segment}</td>
                <td>
                  {proposal.start_day === 0 ? "at once" : `after ${proposal.start_day} days`}, {proposal.length_days}{" "}
                  days, {proposal.days}
                </td>
                <td>{proposal.channel}</td>
                <td>
                  {proposal.uses_per_customer} a customer, {money(proposal.budget_cents)}
                </td>
                <td>{money(proposal.cents)}</td>
              </tr>
            ))}
          </Table>
        </Scrolled>
      </div>
      <div className="card">
        <h2>Comparison of the generators</h2>
        <p className="quiet">
          Novel: not among the training strategies. Coverage: the share of all pairs of choices that occur. Mean and
          best tenth: the expected result of all strategies and of the best tenth (simulated).
        </p>
        <Scrolled label="Generators">
          <Table slim head={["Generator", "Valid", "Unique", "Novel", "Coverage", "Mean", "Best tenth"]}>
            {data.qualities
              .filter((quality) => quality.goal === goal)
              .map((quality) => (
                <tr key={quality.generator}>
                  <td>{quality.generator}</td>
                  <td>{percent(quality.valid)}</td>
                  <td>{percent(quality.unique)}</td>
                  <td>{percent(quality.novel)}</td>
                  <td>{percent(quality.coverage)}</td>
                  <td>{money(quality.mean_cents)}</td>
                  <td>{money(quality.best_tenth_cents)}</td>
                </tr>
              ))}
          </Table>
        </Scrolled>
      </div>
    </>
  );
}
