"""`promobot strategy bought-together`: what the chat answers when somebody asks what goes with something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promo_engine.cli.command_line import read_settings_or_stop, say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history, read_not_recommended
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from promo_engine.domain.catalogue.bought_together import BoughtTogether

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_EXAMPLES = 20


class BoughtTogetherParams(SalesParams):
    """What to learn."""

    customers: bool = param(
        False, title="For each customer", text="also learn what suits each customer (a minute or two more)"
    )


def _run(params: BoughtTogetherParams) -> None:
    from datetime import UTC, datetime

    from promo_engine.files.bought_together_file import write_bought_together
    from studio.data.preparation import clean_lines
    from studio.products.mine_bought_together import learn_bought_together
    from studio.products.product_features import learn_space
    from studio.progress import bars
    from studio.report.html_report import Report

    path = read_settings_or_stop().pairings
    history = read_history()
    lines = clean_lines(history.lines).lines
    lists = learn_bought_together(
        lines,
        learn_space(lines, history.products),
        categories=history.categories,
        not_recommended=read_not_recommended(),
        customers=params.customers,
        now=datetime.now(UTC),
        track=bars,
    )
    write_bought_together(path, lists)
    count, listed = len(lists.products), len(lists.also_bought)
    said = f"{listed:,} of {count:,} products that sold in the last four weeks have something that goes with them"
    if params.customers:
        said += f"; {len(lists.suggestions):,} customers have suggestions"
    rows = _examples(lists)
    print_rows(["product", "goes with it"], rows)
    say(f"{said}; written to {path}")
    report = Report("What goes with what", f"{said}.")
    report.text(
        "Two products go with each other if they are of different categories and were in one basket at least 12 times, "
        "by at least 8 customers and more often than chance; the number is how many times as often."
    )
    report.table(["product", "goes with it"], rows, caption="The best-selling products that have companions")
    write_report(report, "pairings", params, history.stamp)


def _examples(lists: BoughtTogether) -> list[list[object]]:
    rows: list[list[object]] = []
    for product_id in [product for product in lists.products if product in lists.also_bought][:_EXAMPLES]:
        found = lists.with_products([product_id], among=lists.products, limit=4)
        texts = [f"{also.product.product_type.lower()} ({also.lift:.1f})" for also in found]
        rows.append([f"{lists.products[product_id].product_type.lower()} ({product_id})", ", ".join(texts)])
    return rows


COMMAND = Command(
    name="bought-together",
    summary="learn what goes with what, for recommendations in the chat",
    example="bought-together --customers",
    params=BoughtTogetherParams,
    run=_run,
    over_http=False,
    formerly="pairings",
)
