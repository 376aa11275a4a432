import { Alert, Badge, Button, NativeSelect } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
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
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { ask, type Offer, type OfferMoney, type Promotion, type Promotions } from "../../app/api";
import { inUnits } from "@promobot/shared/money";
import { useMay } from "@promobot/shared/session";
import { moment, percent } from "../../components/format";
import { OfferEditor } from "./OfferEditor";
import { PromotionCard, PromotionForm } from "./PromotionCard";
import { Empty, Failure, Loading } from "../../components/states";
import { type Interval, wilson } from "../../components/wilson";

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
    cell: ({ getValue }) => (
      <Badge variant="light" radius="sm" tt="none" color={STATE_COLORS[getValue()] ?? "gray"}>
        {getValue()}
      </Badge>
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
    header: "Accepted of those",
    cell: ({ row }) => <Share count={row.original.results?.accepted ?? 0} interval={row.original.acceptance} />,
  }),
  helper.accessor((row) => row.redemption?.share ?? -1, {
    id: "redemption",
    header: "Redeemed of those",
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
    id: "move",
    header: () => <span className="unseen">What may be done</span>,
    cell: ({ row }) => <Move offer={row.original} edit={row.original.edit} />,
  }),
]);

/** Every offer with what came of it. */
export function Offers() {
  const [days, setDays] = useState("30");
  const offers = useQuery({
    queryKey: ["offers", days],
    queryFn: () => ask<Promotions>("GET", `offers?days=${days}`),
    refetchInterval: 15_000,
  });
  return (
    <section className="sheet">
      <header className="sheet-head">
        <div>
          <h1>Offers</h1>
          <p className="quiet">
            Accepted of the exposures, redeemed of the accepted, each with Wilson&apos;s 95 % interval. Margin is what
            the orders left after tax, goods and codes.
          </p>
        </div>
        <NativeSelect
          aria-label="Counted over"
          value={days}
          data={[
            { value: "7", label: "Last 7 days" },
            { value: "30", label: "Last 30 days" },
            { value: "365", label: "Last year" },
          ]}
          onChange={(event) => {
            setDays(event.currentTarget.value);
          }}
        />
      </header>
      {offers.error ? (
        <Failure error={offers.error} retry={() => void offers.refetch()} />
      ) : offers.data ? (
        <Everything promotions={offers.data} />
      ) : (
        <Loading lines={6} />
      )}
    </section>
  );
}

/** What is edited: an offer, or a new one of a promotion, or a new promotion. */
type Editing = { offer: Offer | null; promotion: Promotion } | "promotion" | null;

function Everything({ promotions }: { promotions: Promotions }) {
  const may = useMay("change_offers");
  const [editing, setEditing] = useState<Editing>(null);
  const close = () => {
    setEditing(null);
  };
  const edit = (offer: Offer) => {
    const promotion = promotions.promotions.find((one) => one.promotion_id === offer.promotion_id);
    if (promotion) setEditing({ offer, promotion });
  };
  return (
    <>
      {editing !== null && editing !== "promotion" && (
        <OfferEditor
          key={editing.offer?.offer_id ?? "new"}
          offer={editing.offer}
          promotion={editing.promotion}
          close={close}
        />
      )}
      <OfferTable promotions={promotions} edit={edit} />
      <header className="sheet-head">
        <h2>Promotions</h2>
        {may && (
          <Button
            size="compact-sm"
            variant="light"
            onClick={() => {
              setEditing("promotion");
            }}
          >
            New promotion
          </Button>
        )}
      </header>
      {editing === "promotion" && (
        <div className="card">
          <PromotionForm promotion={null} close={close} />
        </div>
      )}
      {promotions.promotions.map((promotion) => (
        <PromotionCard
          key={promotion.promotion_id}
          promotion={promotion}
          addOffer={() => {
            setEditing({ offer: null, promotion });
            window.scrollTo(0, 0);
          }}
        />
      ))}
    </>
  );
}

function OfferTable({ promotions, edit }: { promotions: Promotions; edit: (offer: Offer) => void }) {
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
  if (data.length === 0) return <Empty title="No offers yet">Load some with promobot load-offers.</Empty>;
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

/** How many, and their share as a dot in its interval, from 0 to 100 %. */
function Share({ count, interval }: { count: number; interval: Interval | null }) {
  if (interval === null) return <span className="quiet">—</span>;
  const { share, low, high } = interval;
  return (
    <span className="acceptance" title={`${percent(low, 1)} to ${percent(high, 1)}`}>
      <span>{count}</span>
      <span className="track">
        <span className="span" style={{ left: `${low * 100}%`, width: `${(high - low) * 100}%` }} />
        <span className="dot" style={{ left: `${share * 100}%` }} />
      </span>
      <span>
        {percent(share, 1)}{" "}
        <span className="quiet">
          {percent(low)} – {percent(high)}
        </span>
      </span>
    </span>
  );
}

function Cost({ money }: { money: OfferMoney | null }) {
  if (money === null) return <span className="quiet">—</span>;
  return (
    <>
      {inUnits(money.cost_cents)}
      <span className="quiet"> {inUnits(money.cost_cents / money.redeemed)} each</span>
    </>
  );
}

/** What the orders with these codes left, where the goods' costs are known. */
function Margin({ money }: { money: OfferMoney | null }) {
  if (money === null) return <span className="quiet">—</span>;
  if (money.margin_cents === null) {
    return (
      <span className="quiet" title="promobot load-costs tells the engine what the goods cost">
        costs unknown
      </span>
    );
  }
  return (
    <span title={`Known of ${money.costed} of ${money.redeemed} orders`}>
      {inUnits(money.margin_cents)}
      <span className="quiet"> {inUnits(money.margin_cents / money.costed)} each</span>
    </span>
  );
}

function Move({ offer, edit }: { offer: Offer; edit: () => void }) {
  const may = useMay("change_offers");
  const queries = useQueryClient();
  const move = useMutation({
    mutationFn: (transition: string) =>
      ask("POST", `offers/${encodeURIComponent(offer.offer_id)}/transitions`, { transition, version: offer.version }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["offers"] }),
  });
  const next = { live: "pause", scheduled: "pause", paused: "resume", draft: "schedule" }[offer.state];
  if (!may || next === undefined) return null;
  const label = { pause: "Pause", resume: "Go live", schedule: "Schedule" }[next];
  return (
    <div className="facts">
      <Button size="compact-sm" variant="subtle" aria-label={`Change ${offer.title}`} onClick={edit}>
        Change
      </Button>
      <Button
        size="compact-sm"
        variant={next === "pause" ? "default" : "filled"}
        loading={move.isPending}
        aria-label={`${label ?? next} ${offer.title}`}
        onClick={() => {
          move.mutate(next);
        }}
      >
        {label}
      </Button>
      {move.error && (
        <Alert color="red" p="xs" role="alert">
          {move.error.message}
        </Alert>
      )}
    </div>
  );
}
