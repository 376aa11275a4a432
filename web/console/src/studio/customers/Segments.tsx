import { useMoney } from "../components/money";
import { percent, words } from "../../components/values/format";
import { Table } from "../../components/Table";
import { Scrolled } from "../components/DocumentParts";
import { count } from "../components/numbers";
import { colorOf } from "../components/Scatter";
import type { CustomersData } from "../documents";

/** The segments with their medians and means. */
export function Segments({ data }: { data: CustomersData }) {
  const money = useMoney();
  return (
    <div className="card">
      <h2>Segments</h2>
      <Scrolled label="Segments">
        <Table
          slim
          head={[
            "Segment",
            "Customers",
            "Days away",
            "Baskets in 13 weeks",
            "A basket",
            "Discounts",
            "Churn",
            "Value in a year",
          ]}
        >
          {data.segments.map((segment, at) => (
            <tr key={segment.name}>
              <td>
                <span className="swatch" style={{ background: colorOf(at) }} /> {words(segment.name)}
              </td>
              <td>
                {count(segment.customers)} <span className="quiet">{percent(segment.customers / data.customers)}</span>
              </td>
              <td>{Math.round(segment.days_away)}</td>
              <td>{Math.round(segment.baskets_13_weeks)}</td>
              <td>{money(segment.basket_cents)}</td>
              <td>{percent(segment.discount_share)}</td>
              <td>{percent(segment.churn, 1)}</td>
              <td>{money(segment.value_cents)}</td>
            </tr>
          ))}
        </Table>
      </Scrolled>
      <p className="quiet">
        Days, baskets and discounts are medians; churn (no visit in twelve weeks) and value are means. As known on{" "}
        {data.at}.
      </p>
    </div>
  );
}

/** The shares of the segments, a bar for each month. */
export function Drift({ data }: { data: CustomersData }) {
  return (
    <div className="card">
      <h2>Drift by month</h2>
      <p className="quiet">
        Every month has the same segments. On the right: customers who changed segment since the month before.
      </p>
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
