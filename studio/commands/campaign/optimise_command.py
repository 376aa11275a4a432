"""`promobot strategy optimise`: portfolios of discounts for three goals at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.commands.insight.response_command import read_response
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history, read_shop_facts
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from studio.optimise.optimisers import ParetoFront, Portfolio
    from studio.report.html_report import Report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


class OptimiseParams(SalesParams):
    """What portfolios keep to, and how long to search."""

    budget_cents: int = param(50_000, title="Weekly budget", text="for a week", unit="cents", ge=1, le=100_000_000)
    stock: float = param(1.6, title="Stock", text="stock as a multiple of a usual week", ge=1, le=100)
    fairness: float = param(0.5, title="Fairness", text="least share of the best segment's saving", ge=0, le=1)
    min_margin_cents: int | None = param(
        None,
        title="Least margin",
        text="margin to gain or, below 0, to lose at most",
        unit="cents",
        ge=-100_000_000,
        le=100_000_000,
    )
    evaluations: int = param(
        9_200, title="Evaluations", text="portfolios that each search tries", ge=1_000, le=1_000_000
    )


def _run(params: OptimiseParams) -> None:
    from studio.optimise.optimisers import SEARCHES, Constraints, Portfolio, hypervolume
    from studio.progress import bars

    constraints = Constraints(
        params.budget_cents, params.stock, params.fairness, min_margin_cents=params.min_margin_cents
    )
    Portfolio.check(constraints)
    history = read_history()
    portfolio = Portfolio(read_shop_facts(history), read_response(history), constraints)
    pareto_fronts = {
        name: SEARCHES[name](portfolio, evaluations=params.evaluations, seed=1)
        for name in bars(tuple(SEARCHES), "searches")
    }
    rows = [
        [name, len(pareto_front.goals), hypervolume(pareto_front, portfolio)]
        for name, pareto_front in pareto_fronts.items()
    ]
    print_rows(["search", "portfolios on the front", "hypervolume"], rows)
    report = pareto_front_page(portfolio, pareto_fronts)
    write_report(report, "optimisation", params, history.stamp)


def pareto_front_page(portfolio: Portfolio, pareto_fronts: dict[str, ParetoFront]) -> Report:
    """The fronts side by side, and portfolios to choose from."""
    from studio.optimise.optimisers import GOALS, hypervolume
    from studio.optimise.pareto_front import CHOSEN, pareto_front_data, spread
    from studio.report.html_report import Report, empty_figure

    money = portfolio.money
    report = Report(
        "Portfolios for three goals",
        f"Discounts for the {len(portfolio.categories)} busiest categories and {len(portfolio.segments)} "
        f"segments within {money.words(portfolio.constraints.budget_cents, whole=True)} a week. Simulated with the "
        "response model.",
    )
    figure = empty_figure(width=11, height=4)
    for axes, (a, b) in zip(figure.subplots(1, 3), ((0, 1), (0, 2), (1, 2)), strict=True):
        for name, pareto_front in pareto_fronts.items():
            axes.plot(
                money.main(pareto_front.goals[:, a]),
                money.main(pareto_front.goals[:, b]),
                ".",
                markersize=3,
                label=name,
            )
        axes.plot(0, 0, "k+", label="doing nothing")
        axes.set_xlabel(f"{GOALS[a]}, {money.code} a week")
        axes.set_ylabel(f"{GOALS[b]}, {money.code} a week")
        axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    report.picture(figure, "Pareto fronts of the searches, two goals at a time; + is doing nothing.")
    rows = [
        [name, len(pareto_front.goals), hypervolume(pareto_front, portfolio)]
        for name, pareto_front in pareto_fronts.items()
    ]
    report.table(
        ["search", "portfolios on the front", "hypervolume"],
        rows,
        caption="One run each; `make bench-optimisation` for 10 seeds",
    )
    best = pareto_fronts[CHOSEN]
    report.heading("To choose from")
    report.table(
        ["portfolio", *(f"{goal}, {money.code} a week" for goal in GOALS), "deepest discounts"],
        [_choice(portfolio, best, at) for at in spread(best, 12)],
        caption="Twelve portfolios along the front, from most revenue to least; `plan --portfolio` makes a plan of one",
    )
    report.data = pareto_front_data(portfolio, pareto_fronts)
    return report


def _choice(portfolio: Portfolio, pareto_front: ParetoFront, at: int) -> list[object]:
    import torch

    depth, _ = portfolio.split(torch.from_numpy(pareto_front.decisions[at : at + 1]))
    deepest = [
        f"{portfolio.categories[i].lower()} {100 * depth[0, i]:.0f} %" for i in depth[0].argsort(descending=True)[:3]
    ]
    return [at, *portfolio.money.main(pareto_front.goals[at]), ", ".join(deepest)]


COMMAND = Command(
    name="optimise",
    summary="the best trade-offs of revenue, margin and customers' gain under budget, stock and fairness",
    example="optimise --budget-cents 50000",
    params=OptimiseParams,
    run=_run,
    documents=("optimisation",),
)
