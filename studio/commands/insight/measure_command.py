"""`promobot strategy measure`: what each past campaign brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promo_engine.cli.command_line import say
from studio.jobs.command import Command
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from studio.measure.campaigns import CampaignResult
    from studio.report.html_report import Report
    from studio.report.money import Money

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


def _run(params: SalesParams) -> None:
    from collections import Counter

    from studio.measure.campaigns import measure_campaigns
    from studio.progress import bars

    history = read_history()
    results = measure_campaigns(history, track=bars)
    money = history.profile.money
    print_rows(campaign_columns(money), campaign_rows(results, money))
    say(
        "; ".join(
            f"{count} {verdict}" for verdict, count in Counter(result.verdict for result in results).most_common()
        )
    )
    write_report(measure_page(results, money), "measurement", params, history.stamp)


def campaign_columns(money: Money) -> list[str]:
    """Headings of `campaign_rows`."""
    return [
        "campaign", "kind", "weeks", "sent to", "compared", money.column("uplift"), "from", "to",
        money.column("placebo"), "placebo from", "placebo to", "used a coupon", "of all", money.column("coupons"),
        "return", "verdict",
    ]  # fmt: skip


def campaign_rows(results: list[CampaignResult], money: Money) -> list[list[object]]:
    """A row a campaign; amounts are per customer sent to."""
    return [
        [
            result.campaign_id,
            result.kind,
            result.weeks,
            result.treated,
            result.controls,
            money.main(result.uplift_cents),
            money.main(result.low),
            money.main(result.high),
            money.main(result.placebo_cents),
            money.main(result.placebo_low),
            money.main(result.placebo_high),
            result.accuracy,
            result.coverage,
            money.main(result.coupon_cents),
            result.return_on_spend,
            result.verdict if result.refusal is None else f"not measurable: {result.refusal}",
        ]
        for result in results
    ]


def measure_page(results: list[CampaignResult], money: Money) -> Report:
    """Every campaign, its placebo and its verdict."""
    from studio.measure.campaigns import WEEKS_BEFORE
    from studio.report.html_report import Report, new_figure

    known = [result for result in results if result.refusal is None]
    paid = [result.campaign_id for result in known if result.verdict == "paid"]
    report = Report(
        "Past campaigns, measured afterwards",
        f"{len(known)} of {len(results)} can be measured; {len(paid)} paid beyond doubt"
        + (f" ({', '.join(paid)})" if paid else "")
        + ". Margin is assumed to be 25 %.",
    )
    figure, axes = new_figure(width=11, height=4.5)
    places = range(len(known))
    for shift, colour, label, values in (
        (-0.15, "#2f6fde", "uplift", [(result.uplift_cents, result.low, result.high) for result in known]),
        (
            0.15,
            "#999",
            "placebo",
            [(result.placebo_cents, result.placebo_low, result.placebo_high) for result in known],
        ),
    ):
        middle = [money.main(value[0]) for value in values]
        spread = [[money.main(v[0] - v[1]) for v in values], [money.main(v[2] - v[0]) for v in values]]
        spread = [[max(x, 0.0) for x in side] for side in spread]
        axes.errorbar(
            [p + shift for p in places], middle, yerr=spread, fmt="o", markersize=4, color=colour, label=label
        )
    axes.axhline(0, color="#888", linewidth=0.6)
    axes.set_xticks(list(places), [f"{result.campaign_id} ({result.kind[-1:]})" for result in known])
    axes.set_ylabel(f"{money.code} per customer")
    axes.legend(frameon=False)
    report.picture(
        figure, "Uplift of each campaign over its weeks, and of a campaign that never was, with 95 % intervals."
    )
    report.table(campaign_columns(money), campaign_rows(results, money), caption="Amounts are per customer sent to")
    report.text(
        f"Compared are customers that were sent the campaign and others that were sent none near it, weighted so that "
        f"both spent alike in the first 5 of the {WEEKS_BEFORE} weeks before; the rest is what they are compared with. "
        "Customers were chosen by the shop, not by "
        "lot. Where "
        "the placebo's interval leaves 0 out, the comparison is not to be trusted and no verdict is given."
    )
    report.data = {
        "campaigns": [
            vars(result) | {"verdict": result.verdict, "return_on_spend": result.return_on_spend} for result in results
        ]
    }
    return report


COMMAND = Command(
    name="measure",
    summary="past campaigns, measured afterwards: uplift, placebo, use of coupons, return",
    example="measure",
    params=SalesParams,
    run=_run,
    documents=("measurement",),
)
