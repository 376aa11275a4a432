import { inDollars } from "@promobot/shared/money";
import { Badge } from "@mantine/core";
import { percent, words } from "../../components/format";
import type { Campaign, Document } from "../documents";
import { Found } from "../components/WithDocument";
import { count, extent, plain } from "../components/numbers";
import { Figure, Says, Scrolled, Span } from "../components/parts";

interface Campaigns {
  campaigns: Campaign[];
}

/** What the 27 real campaigns brought, and which of them paid. */
export function MeasurementTab() {
  return (
    <Found<Campaigns>
      name="measurement"
      command="measure"
      about="Each of the 27 real campaigns measured afterwards: which paid, which cannot be told. It takes under a minute."
    >
      {(document) => <Measurement document={document} />}
    </Found>
  );
}

const COLORS: Record<string, string> = { paid: "teal", "did not pay": "red", "cannot tell": "gray" };

function Measurement({ document }: { document: Document<Campaigns> }) {
  const { campaigns } = document.data;
  const measured = campaigns.filter((one) => one.uplift_cents !== null);
  const scale = extent(measured.flatMap((one) => [0, one.low ?? 0, one.high ?? 0]));
  const verdicts = new Map<string, string[]>();
  for (const one of campaigns) verdicts.set(one.verdict, [...(verdicts.get(one.verdict) ?? []), one.campaign_id]);
  return (
    <>
      <Says document={document} />
      <div className="figures">
        {[...verdicts].map(([verdict, ids]) => (
          <Figure key={verdict} name={words(verdict)} value={count(ids.length)} more={`campaigns ${ids.join(", ")}`} />
        ))}
      </div>
      <div className="card">
        <h2>Every campaign</h2>
        <p className="quiet">
          Dollars a household it was sent to. The placebo is the same comparison in weeks before the campaign: its
          interval has to hold 0.
        </p>
        <Scrolled label="Every campaign">
          <table className="offers slim">
            <thead>
              <tr>
                <th>Campaign</th>
                <th>Verdict</th>
                <th>Uplift and 95 % interval</th>
                <th>Placebo</th>
                <th>Sent to, compared</th>
                <th>Used a coupon</th>
                <th>Coupons</th>
                <th>Return on spend</th>
              </tr>
            </thead>
            <tbody>
              {campaigns.map((one) => (
                <tr key={one.campaign_id}>
                  <td>
                    {one.campaign_id}{" "}
                    <span className="quiet">
                      {one.kind}, {one.weeks} weeks
                    </span>
                  </td>
                  <td>
                    <Badge radius="sm" variant="light" tt="none" color={COLORS[one.verdict] ?? "orange"}>
                      {one.verdict}
                    </Badge>
                    {one.refusal !== null && <span className="quiet"> {one.refusal}</span>}
                  </td>
                  <td>
                    {one.uplift_cents === null || one.low === null || one.high === null ? (
                      "—"
                    ) : (
                      <Span
                        of={[one.uplift_cents, one.low, one.high]}
                        scale={scale}
                        text={`${inDollars(one.uplift_cents)} (${inDollars(one.low)} to ${inDollars(one.high)})`}
                      />
                    )}
                  </td>
                  <td>
                    {one.placebo_cents === null
                      ? "—"
                      : `${inDollars(one.placebo_cents)} (${inDollars(one.placebo_low)} to ${inDollars(one.placebo_high)})`}
                  </td>
                  <td>
                    {count(one.treated)}, {count(one.controls)}
                  </td>
                  <td>{one.accuracy === null ? "—" : percent(one.accuracy, 1)}</td>
                  <td>{inDollars(one.coupon_cents)}</td>
                  <td>{one.return_on_spend === null ? "—" : plain(one.return_on_spend)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      </div>
    </>
  );
}
