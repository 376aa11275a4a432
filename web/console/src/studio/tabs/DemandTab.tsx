import { secondsOf } from "../../components/values/dates";
import { Table } from "../../components/Table";
import { NativeSelect } from "@mantine/core";
import { useMemo, useState } from "react";
import { percent, words } from "../../components/values/format";
import { type Line, Plot } from "../../components/Plot";
import { type Document, type ForecastData } from "../documents";
import { WithDocument } from "../components/WithDocument";
import { count, categoryName } from "../components/numbers";
import { Bars, DocumentTable, DocumentText, Scrolled } from "../components/DocumentParts";

/** The demand for a category: past weeks, and coming weeks with an interval. */
export function DemandTab() {
  return (
    <WithDocument<ForecastData>
      name="forecast"
      command="forecast"
      about="Demand by category and week with intervals, from five models played over the past. It takes two or three minutes."
    >
      {(document) => <Demand document={document} />}
    </WithDocument>
  );
}

function Demand({ document }: { document: Document<ForecastData> }) {
  const { data } = document;
  const [name, setName] = useState(data.categories[0]?.name ?? "");
  const category = data.categories.find((known) => known.name === name) ?? data.categories[0];
  const at = useMemo(() => [...data.past, ...data.ahead].map(secondsOf), [data]);
  const lines = useMemo(() => (category ? curves(category, data.past.length) : []), [category, data]);
  return (
    <>
      <DocumentText document={document} />
      <div className="card">
        <div className="sheet-head">
          <h2>Basket lines by week</h2>
          <NativeSelect
            className="narrow"
            aria-label="Category"
            value={name}
            data={data.categories.map((known) => ({ value: known.name, label: categoryName(known.name) }))}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
        </div>
        {category && (
          <>
            <Plot
              label={`Demand for ${categoryName(category.name)}`}
              at={at}
              lines={lines}
              format={count}
              band={BAND}
            />
            <Scrolled label="The weeks ahead">
              <Table slim head={["Week from", "Expected", `${percent(data.coverage)} interval`]}>
                {data.ahead.map((day, week) => (
                  <tr key={day}>
                    <td>{day}</td>
                    <td>{count(category.expected[week] ?? 0)}</td>
                    <td>
                      {count(category.low[week] ?? 0)} to {count(category.high[week] ?? 0)}
                    </td>
                  </tr>
                ))}
              </Table>
            </Scrolled>
          </>
        )}
      </div>
      <div className="card">
        <h2>Weights of the models</h2>
        <p className="quiet">Each model has a weight in the forecast by its error in the past.</p>
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
          <DocumentTable key="refused" table={table} title={`Refused: ${table.rows.length} categories`} tall />
        ))}
    </>
  );
}

const MODELS: Record<string, string> = { ets: "ETS", lstm: "LSTM", gru: "GRU", boosting: "Gradient boosting" };
const BAND: [number, number] = [2, 3];

/** Sales, the forecast and its interval. The forecast begins at the last sales, so that the lines meet. */
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
