"""`promobot strategy recommend`: the products a customer is likely to buy next."""

from __future__ import annotations

from promo_engine.cli.command_line import say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_COLUMNS = ("product", "type", "brand", "size", "probability", "bought before")


class RecommendParams(SalesParams):
    """For whom, and what."""

    customer: str = param(title="Customer", text="customer_id", min_length=1, max_length=64, positional=True)
    count: int = param(10, title="Products", text="how many products", ge=1, le=1_000)
    new: bool = param(False, title="New ones only", text="only what the customer never bought")


def _run(params: RecommendParams) -> None:
    import numpy as np
    import pandas as pd

    from studio.data.preparation import clean_lines
    from studio.errors import StrategyError, UnknownThing
    from studio.recommend.hybrid import Hybrid
    from studio.report.html_report import Report, new_figure

    history = read_history()
    if params.customer not in set(history.lines["customer_id"]):
        raise UnknownThing("customer", params.customer)
    lines = clean_lines(history.lines).lines
    hybrid = Hybrid()
    say("learning from all baskets: one or two minutes")
    log = hybrid.fit(lines, lines["day"].max() + pd.Timedelta(days=1))
    if params.customer not in log.customers:
        raise StrategyError(f"customer {params.customer!r} bought nothing that is sold often enough")
    customer = np.array([list(log.customers).index(params.customer)])
    ranked = hybrid.rank(customer)[0]
    before = log.counts()[customer].toarray()[0]
    if params.new:
        ranked = np.where(before > 0, -np.inf, ranked)
    best = np.argsort(-ranked, kind="stable")[: params.count]
    about = history.products.set_index("product_id").loc[log.products[best]]
    shown = zip(best.tolist(), about.itertuples(), strict=True)
    rows: list[list[object]] = [
        [row.Index, row.product_type, row.brand, row.package_size, max(float(ranked[index]), 0.0), int(before[index])]
        for index, row in shown
    ]
    print_rows(_COLUMNS, rows)
    report = Report("Recommendation", f"What customer {params.customer} is likely to buy next, best first.")
    figure, axes = new_figure(height=0.35 * len(rows) + 1)
    axes.barh(
        [f"{row[1]} {row[3]}".lower() + f" ({row[0]})" for row in rows][::-1], ranked[best][::-1], color="#2f6fde"
    )
    axes.set_xlabel("probability to be in the next basket")
    report.picture(figure, "Probabilities of the hybrid of habit, neighbours, factors and sequence.")
    report.table(_COLUMNS, rows)
    write_report(report, f"recommendation-{params.customer}", params, history.stamp)


COMMAND = Command(
    name="recommend",
    summary="the products a customer is likely to buy next",
    example="recommend CUSTOMER_ID --new",
    params=RecommendParams,
    run=_run,
    over_http=False,
)
