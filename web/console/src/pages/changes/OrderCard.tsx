import { decimalsOf, inCurrency } from "@promobot/shared/money";
import type { Order } from "../../app/api";
import { StatusBadge, Table } from "../../components/Table";
import { fullMoment, words } from "../../components/values/format";

/** The order as the shop reported it. */
export function OrderCard({ order }: { order: Order }) {
  const { currency } = order;
  const amount = (cents: number | null) =>
    cents === null || currency === null ? "—" : inCurrency(cents, currency, "en-GB", decimalsOf(currency));
  return (
    <section className="card" aria-labelledby="change-order">
      <h2 id="change-order">
        Order {order.number} <StatusBadge color="gray">{words(order.state)}</StatusBadge>
      </h2>
      <p className="quiet">
        Placed {fullMoment(order.placed_at)}
        {order.as_of !== null && `, as of ${fullMoment(order.as_of)}`}
      </p>
      {order.lines.length > 0 && (
        <Table slim head={["Pieces", "Product", "Price"]}>
          {order.lines.map((line, index) => (
            <tr key={`${index} ${line.product_id}`}>
              <td>{line.quantity}</td>
              <td>
                {line.name} <span className="quiet">{line.product_id}</span>
              </td>
              <td>{amount(line.sales_cents)}</td>
            </tr>
          ))}
        </Table>
      )}
      <p>
        Total {amount(order.total_cents)}
        {order.refunded_cents ? `, ${amount(order.refunded_cents)} paid back` : ""}
      </p>
      {order.shipments.map((parcel) => (
        <p key={`${parcel.carrier} ${parcel.tracking_number}`}>
          {parcel.carrier || "Parcel"} {parcel.tracking_number}: {words(parcel.state)}
        </p>
      ))}
    </section>
  );
}
