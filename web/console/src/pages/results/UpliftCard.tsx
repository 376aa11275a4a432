import { inUnits } from "@promobot/shared/money";
import { useMemo } from "react";
import type { Uplift } from "../../app/api";
import { percent } from "../../components/values/format";
import { Plot } from "../../components/Plot";
import { Empty } from "../../components/states";
import { StatusBadge } from "../../components/Table";

const BAND: [number, number] = [0, 2];
const points = (value: number) => `${value > 0 ? "+" : ""}${(100 * value).toFixed(1)} pp`;

/** Whether offers make customers buy more, against the holdout. */
export function UpliftCard({ uplift, holdout }: { uplift: Uplift; holdout: number }) {
  const { at, lines } = useMemo(
    () => ({
      at: uplift.curve.map((point) => new Date(point.at).getTime() / 1000),
      lines: [
        { label: "Upper", color: "var(--brand)", values: uplift.curve.map((point) => point.upper), dashed: true },
        { label: "Uplift", color: "var(--brand)", values: uplift.curve.map((point) => point.uplift) },
        { label: "Lower", color: "var(--brand)", values: uplift.curve.map((point) => point.lower), dashed: true },
      ],
    }),
    [uplift.curve],
  );
  const { rate } = uplift;
  return (
    <div className="card">
      <h2>Uplift against the holdout</h2>
      <p className="quiet">
        The share of customers who buy within {uplift.outcome_days} days: those who can get offers against the{" "}
        {percent(holdout, 1)} who never do. The interval is valid at any time.
      </p>
      {rate === null ? (
        <Empty title="Nothing to compare yet">
          {uplift.treated} treated and {uplift.held_out} held-out customers are counted; {uplift.waiting} wait for their{" "}
          {uplift.outcome_days} days to pass.
        </Empty>
      ) : (
        <>
          <p className="headline">
            <strong>{points(rate.uplift)}</strong>{" "}
            <span className="quiet">
              {points(rate.lower)} to {points(rate.upper)}
            </span>{" "}
            <StatusBadge color={rate.lower > 0 ? "teal" : rate.upper < 0 ? "red" : "gray"}>
              {rate.lower > 0 ? "helps" : rate.upper < 0 ? "harms" : "undecided"}
            </StatusBadge>
          </p>
          <Plot
            label="Uplift as customers come in"
            at={at}
            lines={lines}
            format={points}
            band={BAND}
            fromZero={false}
            height={180}
          />
          <p className="quiet">
            {uplift.treated} treated buy {percent(uplift.treated_rate ?? 0, 1)}, {uplift.held_out} held out{" "}
            {percent(uplift.held_out_rate ?? 0, 1)}; {uplift.waiting} wait.
            {uplift.cents !== null && uplift.cents_lower !== null && uplift.cents_upper !== null && (
              <>
                {" "}
                Spending: {inUnits(uplift.cents)} a customer, {inUnits(uplift.cents_lower)} to{" "}
                {inUnits(uplift.cents_upper)}.
              </>
            )}
          </p>
        </>
      )}
    </div>
  );
}
