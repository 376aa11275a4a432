import { StatusBadge, Table } from "../../components/Table";
import { useMoney } from "../components/money";
import { percent, words } from "../../components/values/format";
import type { Campaign, Document } from "../documents";
import { WithDocument } from "../components/WithDocument";
import { count, extent, decimals } from "../components/numbers";
import { Figure, DocumentText, Scrolled, IntervalBar } from "../components/DocumentParts";

interface Campaigns {
  campaigns: Campaign[];
}

/** The uplift of past campaigns, and which of them paid. */
export function MeasurementTab() {
  return (
    <WithDocument<Campaigns>
      name="measurement"
      command="measure"
      about="The measured uplift of each past campaign: which paid, which did not. It takes under a minute."
    >
      {(document) => <Measurement document={document} />}
    </WithDocument>
  );
}

const COLORS: Record<string, string> = { paid: "teal", "did not pay": "red", "cannot tell": "gray" };

function Measurement({ document }: { document: Document<Campaigns> }) {
  const money = useMoney();
  const { campaigns } = document.data;
  const measured = campaigns.filter((campaign) => campaign.uplift_cents !== null);
  const scale = extent(measured.flatMap((campaign) => [0, campaign.low ?? 0, campaign.high ?? 0]));
  const verdicts = new Map<string, string[]>();
  for (const { verdict, campaign_id } of campaigns) {
    verdicts.set(verdict, [...(verdicts.get(verdict) ?? []), campaign_id]);
  }
  return (
    <>
      <DocumentText document={document} />
      <div className="figures">
        {[...verdicts].map(([verdict, ids]) => (
          <Figure key={verdict} name={words(verdict)} value={count(ids.length)} more={`campaigns ${ids.join(", ")}`} />
        ))}
      </div>
      <div className="card">
        <h2>All campaigns</h2>
        <p className="quiet">
          For each customer that received the campaign. The placebo is the same comparison in the weeks before: its
          interval should contain 0.
        </p>
        <Scrolled label="All campaigns">
          <Table
            slim
            head={[
              "Campaign",
              "Verdict",
              "Uplift and 95 % interval",
              "Placebo",
              "Sent to, compared",
              "Used a coupon",
              "Coupons",
              "Return on spend",
            ]}
          >
            {campaigns.map((campaign) => (
              <tr key={campaign.campaign_id}>
                <td>
                  {campaign.campaign_id}{" "}
                  <span className="quiet">
                    {campaign.kind}, {campaign.weeks} weeks
                  </span>
                </td>
                <td>
                  <StatusBadge color={COLORS[campaign.verdict] ?? "orange"}>{campaign.verdict}</StatusBadge>
                  {campaign.refusal !== null && <span className="quiet"> {campaign.refusal}</span>}
                </td>
                <td>
                  {campaign.uplift_cents === null || campaign.low === null || campaign.high === null ? (
                    "—"
                  ) : (
                    <IntervalBar
                      of={[campaign.uplift_cents, campaign.low, campaign.high]}
                      scale={scale}
                      text={`${money(campaign.uplift_cents)} (${money(campaign.low)} to ${money(campaign.high)})`}
                    />
                  )}
                </td>
                <td>
                  {campaign.placebo_cents === null
                    ? "—"
                    : `${money(campaign.placebo_cents)} (${money(campaign.placebo_low)} to ${money(campaign.placebo_high)})`}
                </td>
                <td>
                  {count(campaign.treated)}, {count(campaign.controls)}
                </td>
                <td>{campaign.accuracy === null ? "—" : percent(campaign.accuracy, 1)}</td>
                <td>{money(campaign.coupon_cents)}</td>
                <td>{campaign.return_on_spend === null ? "—" : decimals(campaign.return_on_spend)}</td>
              </tr>
            ))}
          </Table>
        </Scrolled>
      </div>
    </>
  );
}
