import { NativeSelect } from "@mantine/core";
import { useMemo, useState } from "react";
import { percent, words } from "../../components/format";
import { type Line, Plot } from "../../components/Plot";
import { type Document, type ForecastData } from "../documents";
import { Found } from "../components/WithDocument";
import { count, named, secondsOf } from "../components/numbers";
import { Bars, Rows, Says, Scrolled } from "../components/parts";

/** What will sell: a category's past and the weeks ahead with their interval. */
export function DemandTab() {
  return (
    <Found<ForecastData>
      name="forecast"
      command="forecast"
      about="Demand by category and week with intervals, from five models played over the past. It takes two or three minutes."
    >
      {(document) => <Demand document={document} />}
    </Found>
  );
}

function Demand({ document }: { document: Document<ForecastData> }) {
  const { data } = document;
  const [name, setName] = useState(data.categories[0]?.name ?? "");
  const category = data.categories.find((one) => one.name === name) ?? data.categories[0];
  const at = useMemo(() => [...data.past, ...data.ahead].map(secondsOf), [data]);
  const lines = useMemo(() => (category ? curves(category, data.past.length) : []), [category, data]);
  return (
    <>
      <Says document={document} />
      <div className="card">
        <div className="sheet-head">
          <h2>Lines of baskets by week</h2>
          <NativeSelect
            className="narrow"
            aria-label="Category"
            value={name}
            data={data.categories.map((one) => ({ value: one.name, label: named(one.name) }))}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
        </div>
        {category && (
          <>
            <Plot label={`Demand for ${named(category.name)}`} at={at} lines={lines} format={count} band={BAND} />
            <Scrolled label="The weeks ahead">
              <table className="offers slim">
                <thead>
                  <tr>
                    <th>Week from</th>
                    <th>Expected</th>
                    <th>{percent(data.coverage)} interval</th>
                  </tr>
                </thead>
                <tbody>
                  {data.ahead.map((day, week) => (
                    <tr key={day}>
                      <td>{day}</td>
                      <td>{count(category.expected[week] ?? 0)}</td>
                      <td>
                        {count(category.low[week] ?? 0)} to {count(category.high[week] ?? 0)}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scrolled>
          </>
        )}
      </div>
      <div className="card">
        <h2>Whose forecast this is</h2>
        <p className="quiet">Weights of the models in the combination, by how well each did over the past.</p>
        <Bars
          label="Weights of the models"
          of={Object.entries(data.weights).map(([model, value]) => ({
            name: MODELS[model] ?? words(model),
            value,
            text: percent(value),
          }))}
        />
      </div>
      {document.tables
        .filter((table) => table.columns.includes("why"))
        .map((table) => (
          <Rows key="refused" table={table} title={`Refused: ${table.rows.length} categories`} tall />
        ))}
    </>
  );
}

const MODELS: Record<string, string> = { ets: "ETS", lstm: "LSTM", gru: "GRU", boosting: "Gradient boosting" };
const BAND: [number, number] = [2, 3];

/** What was sold, what is expected and its interval. The expectation begins where the past ends, so the line is whole. */
function curves(category: ForecastData["categories"][number], weeks: number): Line[] {
  const before = category.sold.slice(0, weeks);
  const joint = before.at(-1) ?? null;
  const ahead = (values: number[]) => [...before.slice(0, -1).map(() => null), joint, ...values];
  return [
    { label: "Sold", color: "var(--brand)", values: [...before, ...category.expected.map(() => null)] },
    { label: "Expected", color: "var(--mantine-color-orange-6)", values: ahead(category.expected) },
    { label: "At most", color: "var(--quiet)", values: ahead(category.high), dashed: true },
    { label: "At least", color: "var(--quiet)", values: ahead(category.low), dashed: true },
  ];
}
