import { useMoney, useShortMoney } from "../components/money";
import { useMemo } from "react";
import { words } from "../../components/values/format";
import { Plot } from "../../components/Plot";
import type { Document, PricingData, StaffingData, StockData } from "../documents";
import { WithDocument } from "../components/WithDocument";
import { count } from "../components/numbers";
import { DocumentTable, DocumentText, Scrolled } from "../components/DocumentParts";
import { colorOf } from "../components/Scatter";

/** Discount depth by week, stock to order, and agents by hour. */
export function PricesTab() {
  return (
    <>
      <h2>Prices (simulated)</h2>
      <WithDocument<PricingData>
        name="pricing"
        command="price"
        about="Discount depth by week as a bandit, against fixed prices and a greedy rule. It takes a quarter of a minute."
      >
        {(document) => <Pricing document={document} />}
      </WithDocument>
      <h2>Stock by week</h2>
      <WithDocument<StockData>
        name="stock"
        command="stock"
        about="What to order now, by category, from the forecast. It takes two or three minutes."
      >
        {(document) => (
          <>
            <DocumentText document={document} />
            {!document.data.known && (
              <p className="quiet">
                With stock on hand: <code>promobot strategy stock --on-hand FILE</code>
              </p>
            )}
            {document.tables.map((table) => (
              <DocumentTable key={table.caption} table={table} title="What to order, in pieces" tall />
            ))}
          </>
        )}
      </WithDocument>
      <h2>Agents by hour of the week</h2>
      <WithDocument<StaffingData>
        name="staffing"
        command="staffing"
        about="Agents needed by hour of the coming week. It takes a quarter of a minute."
      >
        {(document) => <Staffing document={document} />}
      </WithDocument>
    </>
  );
}

function Pricing({ document }: { document: Document<PricingData> }) {
  const money = useMoney();
  const short = useShortMoney();
  const { rules } = document.data;
  const at = useMemo(() => (rules[0]?.curve ?? []).map((_, week) => week * 7 * 86_400), [rules]);
  // The year has no date: the plot counts days from 1 January.
  const lines = useMemo(
    () =>
      rules.map((rule, index) => ({
        label: rule.name,
        color: colorOf(index),
        values: rule.curve,
      })),
    [rules],
  );
  return (
    <>
      <DocumentText document={document} />
      <div className="card">
        <h2>Margin lost so far (simulated)</h2>
        <p className="quiet">
          Against the best price of each category, which no rule knows. Over a simulated year from January.
        </p>
        <Plot label="Simulated margin lost by week" at={at} lines={lines} format={short} />
        <dl className="numbers">
          {rules.map((rule) => (
            <div key={rule.name}>
              <dt>{words(rule.name)}</dt>
              <dd>{money(rule.total_cents)} in a year</dd>
            </div>
          ))}
        </dl>
      </div>
      {document.tables.slice(1).map((table) => (
        <DocumentTable key={table.columns.join()} table={table} title="Several promotions for one slot" />
      ))}
    </>
  );
}

function Staffing({ document }: { document: Document<StaffingData> }) {
  const { data } = document;
  const most = Math.max(...data.agents.flat(), 1);
  return (
    <>
      <DocumentText document={document} />
      <div className="card">
        <p className="quiet">
          {count(data.agent_hours)} agent hours in the week. Chats: {data.source}.
        </p>
        <Scrolled label="Agents by hour of the week">
          <table className="matrix agents">
            <thead>
              <tr>
                <th scope="col">Hour</th>
                {data.days.map((day) => (
                  <th key={day} scope="col">
                    {day.slice(0, 3)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.agents.map((row, at) => (
                <tr key={data.hours[at]}>
                  <th scope="row">{data.hours[at]}:00</th>
                  {row.map((agents, day) => (
                    <td
                      key={data.days[day]}
                      data-right="true"
                      style={{ "--share": agents / most } as React.CSSProperties}
                    >
                      {agents}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      </div>
    </>
  );
}
