"""`promobot strategy prepare`: what is wrong with the data, the same without it, and feature tables by month."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from promo_engine.cli.command_line import say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from studio.data.preparation import CleanLines, Finding
    from studio.data.sales_history import SalesHistory
    from studio.report.html_report import Report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_STORE = Path("var/features")


class PrepareParams(SalesParams):
    """Where the feature tables go."""

    store: Path = param(_STORE, title="Feature tables", text="folder for the feature tables", on_machine=True)


def _run(params: PrepareParams) -> None:
    from studio.data.feature_store import FeatureStore, category_features, customer_features, month_starts
    from studio.data.preparation import clean_lines, find_faults
    from studio.progress import bars

    history = read_history()
    findings = find_faults(history)
    cleaned = clean_lines(history.lines)
    rows = [
        [finding.table, finding.check, finding.kind, finding.rows, finding.of, finding.done] for finding in findings
    ]
    print_rows(["table", "check", "kind", "rows", "of", "cleaning"], rows)
    store = FeatureStore(params.store)
    moments = month_starts(cleaned.lines)
    for at in bars(moments, "feature tables by month"):
        store.write("customer", customer_features(cleaned.lines, at), at)
        store.write("category", category_features(cleaned.lines, at), at)
    say(f"features of customers and categories for {len(moments)} moments: {params.store}")
    write_report(_page(history, findings, cleaned), "preparation", params, history.stamp)


def _page(history: SalesHistory, findings: list[Finding], cleaned: CleanLines) -> Report:
    import numpy as np

    from studio.report.html_report import Report, empty_figure

    lines = cleaned.lines
    report = Report(
        "Quality of the sales data",
        f"{len(history.lines):,} lines before cleaning, {len(lines):,} after; every check and every change is below.",
    )
    figure = empty_figure(width=11, height=3.6)
    sales, prices = figure.subplots(1, 2)
    money = history.profile.money
    by_day = money.main(lines.groupby("day")["sales_cents"].sum())
    sales.plot(by_day.index, by_day.to_numpy(), linewidth=0.8, color="#2f6fde")
    sales.set_title(f"Sales by day, {money.code}", loc="left", fontsize=10)
    sales.tick_params(axis="x", labelrotation=30)
    full_prices = money.main(lines["shelf_cents"] / lines["pieces"].clip(lower=1)).clip(lower=0.01)
    low, high = full_prices.quantile([0.001, 0.999])
    bins = np.geomspace(low, max(high, 1.01 * low), 44)
    prices.hist(full_prices[~lines["odd_price"]], bins=bins, color="#2f6fde", label="usual", log=True)
    prices.hist(full_prices[lines["odd_price"]], bins=bins, color="#d9534f", label="odd for the product")
    prices.set_xscale("log")
    prices.set_title(f"Shelf price of a piece, {money.code}", loc="left", fontsize=10)
    prices.legend(frameon=False)
    for axes in (sales, prices):
        axes.spines[["top", "right"]].set_visible(False)
    report.picture(figure, "Sales by day (left) and prices with those that are odd for their product (right).")
    rows = [
        [
            finding.table,
            finding.check,
            finding.kind,
            finding.rows,
            f"{finding.rows / max(finding.of, 1):.2%}",
            finding.done,
        ]
        for finding in findings
    ]
    report.table(["table", "check", "kind", "rows", "share", "cleaning"], rows, caption="What was checked")
    report.heading("What cleaning changed")
    report.table(
        ["rule", "lines", "column", "reason"],
        [[change.rule, change.rows, change.column, change.reason] for change in cleaned.log],
    )
    return report


COMMAND = Command(
    name="prepare",
    summary="what is wrong with the sales data, the same data cleaned, and feature tables by month",
    example="prepare",
    params=PrepareParams,
    run=_run,
    documents=("preparation",),
)
