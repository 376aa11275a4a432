"""`promobot strategy measure`: what each of the 27 real campaigns brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promo_engine.cli.command_line import say
from studio.jobs.command import Command
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from studio.measure.campaigns import CampaignResult
    from studio.report.html_report import Report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


def _run(params: SalesParams) -> None:
    from collections import Counter

    from studio.measure.campaigns import measure_campaigns
    from studio.progress import bars

    results = measure_campaigns(read_history(params), track=bars)
    print_rows(COLUMNS, campaign_rows(results))
    say("; ".join(f"{count} {verdict}" for verdict, count in Counter(one.verdict for one in results).most_common()))
    write_report(measure_page(results), "measurement", params)


COLUMNS = [
    "campaign", "kind", "weeks", "sent to", "compared", "uplift, $", "from", "to", "placebo, $", "placebo from",
    "placebo to", "used a coupon", "of all", "coupons, $", "return", "verdict",
]  # fmt: skip


def campaign_rows(results: list[CampaignResult]) -> list[list[object]]:
    """A row a campaign; dollars per household sent to."""
    return [
        [
            one.campaign_id,
            one.kind,
            one.weeks,
            one.treated,
            one.controls,
            one.uplift_cents / 100,
            one.low / 100,
            one.high / 100,
            one.placebo_cents / 100,
            one.placebo_low / 100,
            one.placebo_high / 100,
            one.accuracy,
            one.coverage,
            one.coupon_cents / 100,
            one.return_on_spend,
            one.verdict if one.refusal is None else f"not measurable: {one.refusal}",
        ]
        for one in results
    ]


def measure_page(results: list[CampaignResult]) -> Report:
    """Every campaign, its placebo and its verdict."""
    from studio.measure.campaigns import WEEKS_BEFORE
    from studio.report.html_report import Report, new_figure

    known = [one for one in results if one.refusal is None]
    paid = [one.campaign_id for one in known if one.verdict == "paid"]
    report = Report(
        "The 27 campaigns, measured afterwards",
        f"{len(known)} of {len(results)} can be measured; {len(paid)} paid beyond doubt"
        + (f" ({', '.join(paid)})" if paid else "")
        + ". Margin is assumed to be 25 %.",
    )
    figure, axes = new_figure(width=11, height=4.5)
    places = range(len(known))
    for shift, colour, label, values in (
        (-0.15, "#2f6fde", "uplift", [(one.uplift_cents, one.low, one.high) for one in known]),
        (0.15, "#999", "placebo", [(one.placebo_cents, one.placebo_low, one.placebo_high) for one in known]),
    ):
        middle = [value[0] / 100 for value in values]
        spread = [[(v[0] - v[1]) / 100 for v in values], [(v[2] - v[0]) / 100 for v in values]]
        spread = [[max(x, 0.0) for x in side] for side in spread]
        axes.errorbar(
            [p + shift for p in places], middle, yerr=spread, fmt="o", markersize=4, color=colour, label=label
        )
    axes.axhline(0, color="#888", linewidth=0.6)
    axes.set_xticks(list(places), [f"{one.campaign_id} ({one.kind[-1]})" for one in known])
    axes.set_ylabel("dollars per household")
    axes.legend(frameon=False)
    report.picture(
        figure, "Uplift of each campaign over its weeks, and of a campaign that never was, with 95 % intervals."
    )
    report.table(COLUMNS, campaign_rows(results), caption="Dollars per household sent to")
    report.text(
        f"Compared are households that were sent the campaign and others that were sent none near it, weighted so that "
        f"both spent alike in the first 5 of the {WEEKS_BEFORE} weeks before; the rest is what they are compared with. "
        "Households were chosen by the shop, not by "
        "lot. Where "
        "the placebo's interval leaves 0 out, the comparison is not to be trusted and no verdict is given."
    )
    report.data = {
        "campaigns": [vars(one) | {"verdict": one.verdict, "return_on_spend": one.return_on_spend} for one in results]
    }
    return report


COMMAND = Command(
    name="measure",
    summary="back-test of the 27 real campaigns: uplift, placebo, use of coupons, return",
    example="measure",
    params=SalesParams,
    run=_run,
    documents=("measurement",),
)
