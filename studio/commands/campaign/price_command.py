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

    facts, model = read_shop_facts(read_history(params)), read_response()
    regrets = regrets_of(facts, model)
    print_rows(
        ["rule", "margin lost in a year, $ (simulated)"],
        [[regret.name, regret.total_cents / 100] for regret in regrets],
    )
    report = price_page(regrets)
    add_slot(report, facts, model)
    write_report(report, "pricing", params)


def regrets_of(facts: ShopFacts, model: ResponseModel, *, products: int = 60, seed: int = 1) -> list[Regret]:
    """Play a year for the busiest categories; the truth is drawn from what the response model believes."""
    import numpy as np

    from studio.pricing.price_bandit import GuardRails, Product, simulate

    generator = np.random.default_rng(seed)
    made = []
    for at in np.argsort(-facts.weekly_cents[:, 0])[:products]:
        believed = model.estimate(facts.categories[at], "price")
        regular = max(20, round(float(facts.piece_cents[at])))
        share = generator.uniform(0.5, 0.8)  # costs are not in the data: half to four fifths of the price
        rails = GuardRails(cost_cents=max(1, int(regular * share)), regular_cents=regular)
        truth = float(np.clip(generator.normal(believed.mean, believed.error), -6, -0.2))
        made.append(Product(rails, facts.weekly_cents[at, 0] / regular, truth, believed.mean, believed.error))
    return simulate(made, seed=seed)


def price_page(regrets: list[Regret]) -> Report:
    """Regret by week."""
    from studio.report.html_report import Report, new_figure

    report = Report(
        "Discount depth by week (simulated)",
        "A year of prices for the 60 busiest categories against simulated demand: costs are assumed, true elasticities "
        "are "
        "drawn from the response model's own uncertainty.",
    )
    figure, axes = new_figure()
    for regret in regrets:
        axes.plot(regret.curve / 100, label=regret.name)
    axes.set_xlabel("week")
    axes.set_ylabel("margin lost so far, dollars")
    axes.set_yscale("symlog", linthresh=100)
    axes.legend(frameon=False)
    report.picture(figure, "Simulated regret: margin lost beside the best level of each category, which nobody knew.")
    rows = [[regret.name, regret.total_cents / 100] for regret in regrets]
    report.table(["rule", "margin lost in a year, $"], rows, caption="Simulated")
    report.data = {
        "simulated": True,
        "rules": [
            {"name": regret.name, "total_cents": regret.total_cents, "curve": regret.curve} for regret in regrets
        ],
    }
    return report


def add_slot(report: Report, facts: ShopFacts, model: ResponseModel) -> None:
    """Who gets the one place in the week's mailer that many want, and what it pays."""
    from studio.pricing.price_bandit import award_slot, slot_bids

    bids = slot_bids(facts, model)
    awarded = award_slot(bids, reserve_cents=1)
    ranked = sorted(bids.items(), key=lambda bid: (-bid[1], bid[0]))
    report.heading("One place, several promotions")
    if awarded.winner is None:
        report.text("A place in the mailer is worth nothing to any of the busiest categories; it stays empty.")
    else:
        report.text(
            f"{awarded.winner.capitalize()} gets the week's place in the mailer: it is worth "
            f"${bids[awarded.winner] / 100:,.2f} of margin there, more than to anybody else. It pays "
            f"${awarded.pays_cents / 100:,.2f}, what the place would have been worth to the next one (a Vickrey, "
            "Clarke, Groves auction), so that nobody gains by naming another worth than the true one."
        )
    report.table(
        ["promotion of", "worth of the place, $ a week (simulated)", "pays, $"],
        [[name, bid / 100, awarded.pays_cents / 100 if name == awarded.winner else ""] for name, bid in ranked],
    )


COMMAND = Command(
    name="price",
    summary="discount depth as a bandit within guard rails, beside fixed prices and greedy (simulated)",
    example="price",
    params=SalesParams,
    run=_run,
    documents=("pricing",),
)
