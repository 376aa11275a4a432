"""`promobot strategy recommend`: the products a household is likely to buy next."""

from __future__ import annotations

import argparse

from promo_engine.cli.command_line import say
from studio.jobs.command_registry import Capability
from studio.jobs.sources import add_source, print_rows, read_history, write_report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_COLUMNS = ("product", "type", "brand", "size", "probability", "bought before")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("household", help="household_id")
    parser.add_argument("--count", type=int, default=10, help="how many products (10)")
    parser.add_argument("--new", action="store_true", help="only what the household never bought")
    add_source(parser)


def _run(arguments: argparse.Namespace) -> None:
    import numpy as np
    import pandas as pd

    from studio.data.preparation import clean_lines
    from studio.errors import StrategyError, UnknownThing
    from studio.recommend.hybrid import Hybrid
    from studio.report.html_report import Report, new_figure

    if arguments.count < 1:
        raise StrategyError(f"--count {arguments.count}: 1 or more is needed")
    history = read_history(arguments)
    if arguments.household not in set(history.lines["household_id"]):
        raise UnknownThing("household", arguments.household)
    lines = clean_lines(history.lines).lines
    hybrid = Hybrid()
    say("learning from all baskets: one or two minutes")
    log = hybrid.fit(lines, lines["day"].max() + pd.Timedelta(days=1))
    if arguments.household not in log.households:
        raise StrategyError(f"household {arguments.household!r} bought nothing that is sold often enough")
    household = np.array([list(log.households).index(arguments.household)])
    ranked = hybrid.rank(household)[0]
    before = log.counts()[household].toarray()[0]
    if arguments.new:
        ranked = np.where(before > 0, -np.inf, ranked)
    best = np.argsort(-ranked, kind="stable")[: arguments.count]
    about = history.products.set_index("product_id").loc[log.products[best]]
    told = zip(best.tolist(), about.itertuples(), strict=True)
    rows: list[list[object]] = [
        [row.Index, row.product_type, row.brand, row.package_size, max(float(ranked[place]), 0.0), int(before[place])]
        for place, row in told
    ]
    print_rows(_COLUMNS, rows)
    report = Report("Recommendation", f"What household {arguments.household} is likely to buy next, best first.")
    figure, axes = new_figure(height=0.35 * len(rows) + 1)
    axes.barh(
        [f"{row[1]} {row[3]}".lower() + f" ({row[0]})" for row in rows][::-1], ranked[best][::-1], color="#2f6fde"
    )
    axes.set_xlabel("probability to be in the next basket")
    report.picture(figure, "Probabilities of the hybrid of habit, neighbours, factors and sequence.")
    report.table(_COLUMNS, rows)
    write_report(report, f"recommendation-{arguments.household}", arguments)


CAPABILITY = Capability(
    name="recommend",
    text="the products a household is likely to buy next",
    example="recommend 1228 --new",
    run=_run,
    add_arguments=_add_arguments,
)
