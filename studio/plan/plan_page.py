"""A plan as a marketer reads it: a page with what is expected, the offers, the reasons and the pacing."""

from __future__ import annotations

from studio.plan.planning import Plan
from studio.report.html_report import Report, new_figure
from studio.report.money import Money


def plan_page(plan: Plan, money: Money) -> Report:
    """The plan as a marketer reads it."""
    report = Report(
        f"Plan {plan.plan_id}",
        f"For {plan.body['goal']} with {money.words(plan.body['budget_cents'], whole=True)}. What it brings is "
        "simulated with the response model.",
    )
    add_plan(report, plan, money)
    return report


def add_plan(report: Report, plan: Plan, money: Money) -> None:
    """Add the plan's sections to a page."""
    low, high = plan.interval_cents
    rows = [[name.removesuffix("_cents"), money.main(value)] for name, value in vars(plan.expected).items()]
    report.table(["beside doing nothing", money.code], rows, caption="Expected over the whole plan (simulated)")
    report.text(
        f"95 % interval of {plan.body['goal']}: {money.words(low)} to {money.words(high)}, from the response's "
        "uncertainty. "
        f"Held out: {plan.holdout.customers:,} customers ({plan.holdout.share:.0%}); the chance to see the least "
        "effect "
        f"asked for is {plan.holdout.power:.0%}"
        + ("." if plan.holdout.power >= 0.8 else ": the audience is too small for 80 %.")
    )
    rows = [
        [
            offer["title"],
            strategy.segment,
            len(plan.body["audiences"][offer["promotion_id"]]),
            offer["starts_at"][:10],
            offer["ends_at"][:10],
            strategy.days,
            strategy.channel,
            money.main(strategy.budget_cents),
        ]
        for strategy, offer in zip(plan.strategies, plan.body["offers"], strict=True)
    ]
    columns = ["offer", "segment", "customers", "from", "until", "days", "channel", money.column("budget")]
    report.table(columns, rows, caption="Offers")
    report.heading("Why")
    for reason in plan.body["reasons"]:
        report.text(reason)
    figure, axes = new_figure(height=2.6)
    weeks = plan.body["pacing"]
    axes.bar([week["from"] for week in weeks], [money.main(week["cost_cents"]) for week in weeks], color="#2f6fde")
    axes.set_ylabel(money.code)
    report.picture(figure, "What each week is expected to cost.")
    report.text(
        f"Stop rule: an offer of which surely fewer than {plan.body['stop_rules']['min_acceptance']:.0%} of those "
        "shown are "
        "accepted ends; the bound may be looked at any time (promobot strategy plan watch)."
    )
