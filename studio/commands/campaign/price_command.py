"""`promobot strategy price`: discount depth as a bandit, beside fixed prices and greedy. Simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.commands.insight.response_command import read_response
from studio.jobs.command import Command
from studio.jobs.sources import SalesParams, read_history, read_shop_facts
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from studio.data.shop_facts import ShopFacts
    from studio.pricing.price_bandit import Regret
    from studio.report.html_report import Report
    from studio.response.response_model import ResponseModel

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


def _run(params: SalesParams) -> None:

    history = read_history()
    facts, model = read_shop_facts(history), read_response(history)
    regrets = regrets_of(facts, model)
    print_rows(
        ["rule", f"{facts.money.column('margin lost in a year')} (simulated)"],
        [[regret.name, facts.money.main(regret.total_cents)] for regret in regrets],
    )
    report = price_page(regrets, facts)
    add_slot(report, facts, model)
    write_report(report, "pricing", params, history.stamp)


def regrets_of(facts: ShopFacts, model: ResponseModel, *, products: int = 60, seed: int = 1) -> list[Regret]:
    """Play a year for the busiest categories; the truth is drawn from what the response model believes."""
    import numpy as np

    from studio.pricing.price_bandit import GuardRails, Product, simulate

    model.need_price()
    generator = np.random.default_rng(seed)
    made = []
    for at in np.argsort(-facts.weekly_cents[:, 0])[:products]:
        believed = model.estimate(facts.categories[at], "price")
        regular = max(20, round(float(facts.piece_cents[at])))
        # Half to four fifths of the price where the shop does not say what its products cost.
        share = generator.uniform(0.5, 0.8)
        if facts.categories[at] in facts.margins:
            share = 1 - facts.margin(facts.categories[at])
        rails = GuardRails(cost_cents=max(1, int(regular * share)), regular_cents=regular)
        truth = float(np.clip(generator.normal(believed.mean, believed.error), -6, -0.2))
        made.append(Product(rails, facts.weekly_cents[at, 0] / regular, truth, believed.mean, believed.error))
    return simulate(made, seed=seed)


def price_page(regrets: list[Regret], facts: ShopFacts) -> Report:
    """Regret by week."""
    from studio.report.html_report import Report, new_figure

    money = facts.money
    costs = "Costs are the shop's own where they are known." if facts.margins else "Costs are assumed."
    report = Report(
        "Discount depth by week (simulated)",
        "A year of prices for the busiest categories against simulated demand: true elasticities are drawn from the "
        f"response model's own uncertainty. {costs}",
    )
    figure, axes = new_figure()
    for regret in regrets:
        axes.plot(money.main(regret.curve), label=regret.name)
    axes.set_xlabel("week")
    axes.set_ylabel(money.column("margin lost so far"))
    axes.set_yscale("symlog", linthresh=100)
    axes.legend(frameon=False)
    report.picture(figure, "Simulated regret: margin lost beside the best level of each category, which nobody knew.")
    rows = [[regret.name, money.main(regret.total_cents)] for regret in regrets]
    report.table(["rule", money.column("margin lost in a year")], rows, caption="Simulated")
    report.data = {
        "simulated": True,
        "rules": [
            {"name": regret.name, "total_cents": regret.total_cents, "curve": regret.curve} for regret in regrets
        ],
    }
    return report


def add_slot(report: Report, facts: ShopFacts, model: ResponseModel) -> None:
    """Who gets the week's one promotion that many want, and what it pays."""
    from studio.pricing.price_bandit import award_slot, slot_bids

    bids = slot_bids(facts, model)
    awarded = award_slot(bids, reserve_cents=1)
    ranked = sorted(bids.items(), key=lambda bid: (-bid[1], bid[0]))
    money = facts.money
    report.heading("One slot, several promotions")
    if awarded.winner is None:
        report.text("A discount earns margin for none of the busiest categories; the slot stays empty.")
    else:
        report.text(
            f"{awarded.winner.capitalize()} gets the week's one promotion: it is worth "
            f"{money.words(bids[awarded.winner])} of margin there, more than to anybody else. It pays "
            f"{money.words(awarded.pays_cents)}, what the slot would have been worth to the next one (a Vickrey, "
            "Clarke, Groves auction), so that nobody gains by naming another worth than the true one."
        )
    report.table(
        ["promotion of", f"worth of the slot, {money.code} a week (simulated)", money.column("pays")],
        [
            [name, money.main(bid), money.main(awarded.pays_cents) if name == awarded.winner else ""]
            for name, bid in ranked
        ],
    )


COMMAND = Command(
    name="price",
    summary="discount depth as a bandit within guard rails, beside fixed prices and greedy (simulated)",
    example="price",
    params=SalesParams,
    run=_run,
    documents=("pricing",),
)
