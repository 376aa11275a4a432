"""`promobot strategy generate`: whole strategies by generators, beside templates and random search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.commands.insight.response_command import read_response
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history, read_shop_facts
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from studio.data.shop_facts import ShopFacts
    from studio.generate.generators import Quality
    from studio.generate.proposals import Proposals
    from studio.report.html_report import Report
    from studio.report.money import Money

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_SHOWN = 30
"""Strategies of each goal in the document."""


class GenerateParams(SalesParams):
    """How many strategies."""

    count: int = param(500, title="Strategies", text="strategies of each generator and goal", ge=10, le=20_000)


def _run(params: GenerateParams) -> None:
    from studio.generate.proposals import propose
    from studio.progress import bars

    history = read_history()
    facts = read_shop_facts(history)
    proposals = propose(facts, read_response(history), count=params.count, track=bars)
    print_rows(quality_columns(facts.money), quality_rows(proposals.qualities, facts.money))
    write_report(generate_page(proposals, facts), "generation", params, history.stamp)


COLUMNS = ["generator", "goal", "valid", "unique", "novel", "coverage"]


def quality_columns(money: Money) -> list[str]:
    """Headings of `quality_rows`."""
    return [*COLUMNS, money.column("mean"), money.column("best tenth")]


def quality_rows(qualities: list[Quality], money: Money) -> list[list[object]]:
    """A row a generator and goal."""
    return [
        [
            quality.generator,
            quality.goal,
            quality.valid,
            quality.unique,
            quality.novel,
            quality.coverage,
            money.main(quality.mean_cents),
            money.main(quality.best_tenth_cents),
        ]
        for quality in qualities
    ]


def generate_page(proposals: Proposals, facts: ShopFacts) -> Report:
    """The sets beside each other, and the best of each goal."""
    from studio.generate.strategies import title_of
    from studio.report.html_report import Report, empty_figure
    from studio.response.scoring import GOALS

    money = facts.money
    report = Report(
        "Generated strategies",
        "Whole strategies proposed by an LSTM decoder and a variational autoencoder, beside templates and random "
        "search. What they bring is simulated with the response model: none of them was ever run.",
    )
    report.table(quality_columns(money), quality_rows(proposals.qualities, money), caption="Sets by generator and goal")
    figure = empty_figure(width=11, height=3.6)
    for axes, goal in zip(figure.subplots(1, len(GOALS)), GOALS, strict=True):
        of_goal = [quality for quality in proposals.qualities if quality.goal == goal]
        axes.bar(
            [quality.generator for quality in of_goal],
            [money.main(quality.best_tenth_cents) for quality in of_goal],
            color="#2f6fde",
        )
        axes.set_title(f"{goal}: best tenth, {money.code}", loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    report.picture(figure, "What the best tenth of each set is expected to bring, by goal (simulated).")
    report.data = {
        "goals": GOALS,
        "qualities": [vars(quality) for quality in proposals.qualities],
        "best": {
            goal: [
                {"title": title_of(strategy, facts), "cents": value, **vars(strategy)}
                for strategy, value in proposals.best[goal][:_SHOWN]
            ]
            for goal in GOALS
        },
    }
    for goal in GOALS:
        report.heading(f"Best for {goal}")
        rows = [
            [
                title_of(strategy, facts),
                strategy.segment,
                f"{strategy.length_days} days, {strategy.days}",
                strategy.channel,
                money.words(value, whole=True),
            ]
            for strategy, value in proposals.best[goal][:10]
        ]
        report.table(["offer", "segment", "time", "channel", "expected"], rows)
    return report


COMMAND = Command(
    name="generate",
    summary="whole strategies from an LSTM decoder and a VAE, beside templates and random search",
    example="generate",
    params=GenerateParams,
    run=_run,
    documents=("generation",),
)
