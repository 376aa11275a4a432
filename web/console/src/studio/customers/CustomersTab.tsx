import { useMemo } from "react";
import { words } from "../../components/values/format";
import { Contributions } from "../../components/Contributions";
import { DocumentTable, DocumentText } from "../components/DocumentParts";
import { count } from "../components/numbers";
import { colorOf, Scatter } from "../components/Scatter";
import { WithDocument } from "../components/WithDocument";
import type { CustomersData, Document } from "../documents";
import { traitsOf } from "./CustomerCard";
import { CustomerLookup } from "./CustomerLookup";
import { Drift, Segments } from "./Segments";

/** Segments of the customers, their drift, and the card of a customer. */
export function CustomersTab() {
  return (
    <WithDocument<CustomersData>
      name="customers"
      command="customers"
      about="Segments of the customers with sizes, drift by month, and a card of each customer. It takes about a minute."
    >
      {(document) => <Customers document={document} />}
    </WithDocument>
  );
}

const AXIS = { name: "", format: (value: number) => value.toFixed(0).replace("-", "−") };

function Customers({ document }: { document: Document<CustomersData> }) {
  const { data } = document;
  const groups = useMemo(
    () =>
      data.segments.map((segment, at) => ({
        name: `${segment.name} (${count(segment.customers)})`,
        color: colorOf(at),
        spots: data.places.filter((_, customer) => data.groups[customer] === at),
        size: 3,
      })),
    [data],
  );
  return (
    <>
      <DocumentText document={document} />
      <Segments data={data} />
      <div className="two even">
        <div className="card">
          <h2>All customers</h2>
          <p className="quiet">By the two main components of their traits. Segments divide a single cloud.</p>
          <Scatter
            label={`A cloud of ${count(data.customers)} customers in ${data.segments.length} segments`}
            groups={groups}
            x={{ ...AXIS, name: "first component" }}
            y={{ ...AXIS, name: "second component" }}
            height={320}
          />
        </div>
        <div className="card">
          <h2>Traits of the segments</h2>
          <p className="quiet">How each segment differs from the mean customer, in standard deviations.</p>
          {data.segments.map((segment) => (
            <details key={segment.name} open>
              <summary>{words(segment.name)}</summary>
              <Contributions
                label={`Traits of ${segment.name}`}
                of={traitsOf(data.traits, segment.traits)}
                digits={2}
              />
            </details>
          ))}
        </div>
      </div>
      <div className="two even">
        <Drift data={data} />
        <CustomerLookup data={data} />
      </div>
      {document.tables.slice(1).map((table) => (
        <DocumentTable
          key={table.caption + table.columns.join()}
          table={table}
          title={TITLES[table.columns[0] ?? ""]}
          tall
        />
      ))}
    </>
  );
}

/** Headings of the document's own tables, by their first column. */
const TITLES: Record<string, string> = {
  method: "How the number of segments was chosen",
  stage: "Stages of the life cycle",
  "month before": "Drift in numbers",
  "if bought": "What is bought together",
  "on the last 12 weeks": "Were expected visits and churn right?",
};
