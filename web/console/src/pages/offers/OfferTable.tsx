import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_alphanumeric,
  sortFn_basic,
  sortFn_datetime,
  sortFn_text,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useMemo } from "react";
import { Link } from "wouter";
import type { Offer, PromotionsWithOffers } from "../../app/api";
import { moment } from "../../components/values/format";
import { Empty } from "../../components/states";
import { ACTIONS, StatusBadge } from "../../components/Table";
import { type Interval, wilson } from "../../components/values/wilson";
import { OfferActions } from "./OfferActions";
import { Cost, Margin, Share } from "./results";

interface OfferRow extends Offer {
  promotion: string;
  edit: () => void;
  acceptance: Interval | null;
  redemption: Interval | null;
}

const STATE_COLORS: Record<string, string> = { live: "teal", paused: "orange", scheduled: "blue", ended: "gray" };
const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic, datetime: sortFn_datetime, text: sortFn_text },
});
const helper = createColumnHelper<typeof features, OfferRow>();
const columns = helper.columns([
  helper.accessor("title", {
    header: "Offer",
    cell: ({ row }) => (
      <>
        <strong>{row.original.title}</strong>
        <span className="quiet">
          {row.original.offer_id} · {row.original.promotion}
        </span>
      </>
    ),
  }),
  helper.accessor("state", {
    header: "State",
    cell: ({ row, getValue }) => (
      <>
        <StatusBadge color={STATE_COLORS[getValue()] ?? "gray"}>{getValue()}</StatusBadge>
        {row.original.no_product && <StatusBadge color="red">no product on sale</StatusBadge>}
        {row.original.checkout_refusal && (
          <span title={row.original.checkout_refusal}>
            <StatusBadge color="red">not at this checkout</StatusBadge>
          </span>
        )}
      </>
    ),
  }),
  helper.accessor((row) => row.results?.exposures ?? 0, {
    id: "exposures",
    header: "Exposures",
    cell: ({ row, getValue }) =>
      getValue() > 0 ? (
        <Link to={`/conversations?offer=${encodeURIComponent(row.original.offer_id)}`}>{getValue()}</Link>
      ) : (
        "0"
      ),
  }),
  helper.accessor((row) => row.acceptance?.share ?? -1, {
    id: "acceptance",
    header: "Accepted",
    cell: ({ row }) => <Share count={row.original.results?.accepted ?? 0} interval={row.original.acceptance} />,
  }),
  helper.accessor((row) => row.redemption?.share ?? -1, {
    id: "redemption",
    header: "Redeemed",
    cell: ({ row }) => <Share count={row.original.results?.redeemed ?? 0} interval={row.original.redemption} />,
  }),
  helper.accessor((row) => row.money?.cost_cents ?? 0, {
    id: "cost",
    header: "Discount",
    cell: ({ row }) => <Cost money={row.original.money} />,
  }),
  helper.accessor((row) => row.money?.margin_cents ?? -Infinity, {
    id: "margin",
    header: "Margin",
    cell: ({ row }) => <Margin money={row.original.money} />,
  }),
  helper.accessor("ends_at", { header: "Ends", cell: ({ getValue }) => <time>{moment(getValue())}</time> }),
  helper.display({
    id: "actions",
    header: () => ACTIONS,
    cell: ({ row }) => <OfferActions offer={row.original} edit={row.original.edit} />,
  }),
]);

/** Every offer with its results; a click on a heading sorts. */
export function OfferTable({ promotions, edit }: { promotions: PromotionsWithOffers; edit: (offer: Offer) => void }) {
  const data = useMemo(
    () =>
      promotions.promotions.flatMap((promotion) =>
        promotion.offers.map((offer) => ({
          ...offer,
          promotion: promotion.name,
          edit: () => {
            edit(offer);
          },
          acceptance: wilson(offer.results?.accepted ?? 0, offer.results?.exposures ?? 0),
          redemption: wilson(offer.results?.redeemed ?? 0, offer.results?.accepted ?? 0),
        })),
      ),
    [promotions, edit],
  );
  const table = useTable({
    features,
    columns,
    data,
    initialState: { sorting: [{ id: "exposures", desc: true }] },
    getRowId: (row) => row.offer_id,
  });
  if (data.length === 0) return <Empty title="No offers yet">Load offers with promobot load-offers.</Empty>;
  return (
    <table className="offers">
      <thead>
        {table.getHeaderGroups().map((group) => (
          <tr key={group.id}>
            {group.headers.map((header) => {
              const sorted = header.column.getIsSorted();
              return (
                <th
                  key={header.id}
                  aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : undefined}
                >
                  {header.column.getCanSort() ? (
                    <button type="button" className="plain" onClick={header.column.getToggleSortingHandler()}>
                      <table.FlexRender header={header} />
                      {sorted === "asc" ? " ↑" : sorted === "desc" ? " ↓" : ""}
                    </button>
                  ) : (
                    <table.FlexRender header={header} />
                  )}
                </th>
              );
            })}
          </tr>
        ))}
      </thead>
      <tbody>
        {table.getRowModel().rows.map((row) => (
          <tr key={row.id}>
            {row.getAllCells().map((cell) => (
              <td key={cell.id}>
                <table.FlexRender cell={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
