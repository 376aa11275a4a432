/** Cells of the table of offers: shares, costs and margins. */

import { inUnits } from "@promobot/shared/money";
import type { OfferMoney } from "../../app/api";
import { percent } from "../../components/values/format";
import type { Interval } from "../../components/values/wilson";

/** A count, and its share as a dot in its interval on a scale from 0 to 100 %. */
export function Share({ count, interval }: { count: number; interval: Interval | null }) {
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

/** The discount of all redemptions, and of each. */
export function Cost({ money }: { money: OfferMoney | null }) {
  if (money === null) return <span className="quiet">—</span>;
  return (
    <>
      {inUnits(money.cost_cents)}
      <span className="quiet"> {inUnits(money.cost_cents / money.redeemed)} each</span>
    </>
  );
}

/** The margin of the orders with codes of an offer, where the cost of goods is known. */
export function Margin({ money }: { money: OfferMoney | null }) {
  if (money === null) return <span className="quiet">—</span>;
  if (money.margin_cents === null) {
    return (
      <span className="quiet" title="Load the cost of goods with promobot load-costs">
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
