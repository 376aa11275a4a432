"""`promobot strategy stock`: what to reorder, from the forecast."""

from __future__ import annotations

from pathlib import Path

from promo_engine.cli.command_line import CommandError, say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_COLUMNS = ("category", "expected", "safety", "on hand", "order")


class StockParams(SalesParams):
    """What is on hand, and how the shop reorders."""

    on_hand: Path | None = param(
        None,
        title="Stock on hand",
        text="CSV with the columns category and pieces (default: nothing)",
        on_machine=True,
    )
    lead_weeks: int = param(1, title="Lead time", text="weeks from order to shelf", unit="weeks", ge=0, le=52)
    review_weeks: int = param(1, title="Review period", text="weeks between orders", unit="weeks", ge=1, le=52)
    service: float = param(0.95, title="Service level", text="probability not to run out", ge=0.5, lt=1)


def _read_stock(path: Path | None) -> dict[str, float]:
    if path is None:
        return {}
    import pandas as pd

    try:
        table = pd.read_csv(path)
        return dict(zip(table["category"].astype(str), table["pieces"].astype(float), strict=True))
    except KeyError as error:
        raise CommandError(f"{path}: the column {error} is missing") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error


def _run(params: StockParams) -> None:
    from studio.data.preparation import clean_lines
    from studio.forecast.demand_forecast import look_ahead
    from studio.plan.stock import ReorderRules, pieces_per_line, reorder
    from studio.progress import bars
    from studio.report.html_report import Report, new_figure

    rules = ReorderRules(params.lead_weeks, params.review_weeks, params.service)
    held = _read_stock(params.on_hand)
    history = read_history()
    forecast = look_ahead(history, track=bars)
    table = reorder(forecast, pieces_per_line(clean_lines(history.lines).lines), rules, on_hand=held)
    table = table.sort_values("order", ascending=False)
    rows = table.round({"expected": 0, "safety": 0}).to_numpy().tolist()
    print_rows(_COLUMNS, rows[:20])
    known = "as given" if held else "not known and taken as nothing"
    weeks = rules.lead_weeks + rules.review_weeks
    report = Report(
        "Reorder suggestion",
        f"Pieces to order now, so that {weeks} weeks are covered with {rules.service:.0%} probability. "
        f"Stock on hand is {known}.",
    )
    figure, axes = new_figure(height=5)
    top = table.head(20).iloc[::-1]
    axes.barh(top["category"], top["expected"], color="#2f6fde", label="expected")
    axes.barh(top["category"], top["safety"], left=top["expected"], color="#9cbcf0", label="safety")
    axes.legend(frameon=False)
    axes.tick_params(axis="y", labelsize=8)
    report.picture(figure, f"Expected demand of {weeks} weeks and the safety on top, in pieces; the 20 largest.")
    report.table(_COLUMNS, rows, caption="All categories that can be forecast")
    report.data = {"weeks": weeks, "service": rules.service, "known": bool(held)}
    say(f"stock on hand is {known}")
    write_report(report, "stock", params, history.stamp)


COMMAND = Command(
    name="stock",
    summary="what to reorder, from the forecast, lead time and service level",
    example="stock --lead-weeks 1 --service 0.95",
    params=StockParams,
    run=_run,
    documents=("stock",),
)
