import { inDollars } from "@promobot/shared/money";
import { Button, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { percent, words } from "../../components/format";
import { Failure, Loading } from "../../components/states";
import { CustomerCard, traitsOf } from "./CustomerCard";
import { type Cards, type CustomersData, type Document, useDocument } from "../documents";
import { Found } from "../components/WithDocument";
import { count } from "../components/numbers";
import { Rows, Says, Scrolled } from "../components/parts";
import { Reasons } from "../../components/Contributions";
import { colorOf, Scatter } from "../components/Scatter";

/** Who the customers are: segments, their picture and drift, and the card of one. */
export function CustomersTab() {
  return (
    <Found<CustomersData>
      name="customers"
      command="customers"
      about="Segments of the customers with sizes, drift by month, and a card of everyone. It takes about a minute."
    >
      {(document) => <Customers document={document} />}
    </Found>
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
        spots: data.places.filter((_, one) => data.groups[one] === at),
        size: 3,
      })),
    [data],
  );
  return (
    <>
      <Says document={document} />
      <Segments data={data} />
      <div className="two even">
        <div className="card">
          <h2>All customers</h2>
          <p className="quiet">By the two main components of what is known of them. Segments cut one cloud.</p>
          <Scatter
            label={`A cloud of ${count(data.customers)} customers in ${data.segments.length} segments`}
            groups={groups}
            x={{ ...AXIS, name: "first component" }}
            y={{ ...AXIS, name: "second component" }}
            height={320}
          />
        </div>
        <div className="card">
          <h2>Why these are segments</h2>
          <p className="quiet">What sets each apart, in standard deviations from the mean customer.</p>
          {data.segments.map((segment) => (
            <details key={segment.name} open>
              <summary>{words(segment.name)}</summary>
              <Reasons label={`Traits of ${segment.name}`} of={traitsOf(data.traits, segment.traits)} digits={2} />
            </details>
          ))}
        </div>
      </div>
      <div className="two even">
        <Drift data={data} />
        <Lookup data={data} />
      </div>
      {document.tables.slice(1).map((table) => (
        <Rows key={table.caption + table.columns.join()} table={table} title={TITLES[table.columns[0] ?? ""]} tall />
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

function Segments({ data }: { data: CustomersData }) {
  return (
    <div className="card">
      <h2>Segments</h2>
      <Scrolled label="Segments">
        <table className="offers slim">
          <thead>
            <tr>
              <th>Segment</th>
              <th>Customers</th>
              <th>Days away</th>
              <th>Baskets in 13 weeks</th>
              <th>A basket</th>
              <th>Discounts</th>
              <th>Churn</th>
              <th>Value in a year</th>
            </tr>
          </thead>
          <tbody>
            {data.segments.map((one, at) => (
              <tr key={one.name}>
                <td>
                  <span className="swatch" style={{ background: colorOf(at) }} /> {words(one.name)}
                </td>
                <td>
                  {count(one.customers)} <span className="quiet">{percent(one.customers / data.customers)}</span>
                </td>
                <td>{Math.round(one.days_away)}</td>
                <td>{Math.round(one.baskets_13_weeks)}</td>
                <td>{inDollars(one.basket_cents)}</td>
                <td>{percent(one.discount_share)}</td>
                <td>{percent(one.churn, 1)}</td>
                <td>{inDollars(one.value_cents)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
      <p className="quiet">
        Days, baskets and discounts are medians; churn (no visit in twelve weeks) and value are means. As known on{" "}
        {data.at}.
      </p>
    </div>
  );
}

/** Shares of the segments by month, one bar a month. */
function Drift({ data }: { data: CustomersData }) {
  return (
    <div className="card">
      <h2>Drift between months</h2>
      <p className="quiet">The grouping is the same in all months; beside it, who changed segment since the last.</p>
      <ul className="drift" aria-label="Shares of the segments by month">
        {data.drift.map(({ month, shares, moved }) => (
          <li key={month}>
            <span>{month.slice(0, 7)}</span>
            <span className="parts">
              {shares.map((share, at) => (
                <span
                  key={at}
                  style={{ width: `${100 * share}%`, background: colorOf(at) }}
                  title={`${data.segments[at]?.name ?? ""}: ${percent(share, 1)}`}
                />
              ))}
            </span>
            <span>{moved === null ? "" : percent(moved, 1)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Lookup({ data }: { data: CustomersData }) {
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState<string | null>(null);
  const cards = useDocument<Cards>("customer-cards", asked !== null);
  const known = cards.data?.data;
  const card = known?.cards.find((one) => one.id === asked);
  return (
    <div className="card">
      <h2>The card of one customer</h2>
      <form
        className="pair"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(typed.trim());
        }}
      >
        <TextInput
          label="Customer (household) id"
          value={typed}
          inputMode="numeric"
          onChange={(event) => {
            setTyped(event.currentTarget.value);
          }}
        />
        <Button type="submit" variant="default" disabled={typed.trim() === ""}>
          Show the card
        </Button>
      </form>
      {asked !== null && cards.error && <Failure error={cards.error} retry={() => void cards.refetch()} />}
      {asked !== null && !cards.error && !cards.data && <Loading lines={2} />}
      {known && asked !== null && !card && <p role="alert">There is no customer {asked} in the sales.</p>}
      {known && card && <CustomerCard card={card} cards={known} traits={data.traits} />}
    </div>
  );
}
