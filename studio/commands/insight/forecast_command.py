"""`promobot strategy forecast`: what will sell, by category and week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promo_engine.cli.command_line import say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from studio.forecast.demand_forecast import DemandForecast
    from studio.report.html_report import Report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_COLUMNS = ("category", "week", "from", "lines", "low", "high")


class ForecastParams(SalesParams):
    """Of what, and how far."""

    category: str | None = param(
        None, title="Category", text="one category; the ten largest by default", max_length=100, positional=True
    )
    weeks: int = param(4, title="Weeks ahead", text="how many weeks ahead", unit="weeks", ge=1, le=8)
    coverage: float = param(0.9, title="Coverage", text="share of weeks that intervals are to hold", ge=0.5, lt=1)
    last_week: int | None = param(
        None, title="Last week", text="act as if this week was the newest one", ge=2, le=10_000
    )


def _run(params: ForecastParams) -> None:
    from studio.forecast.demand_forecast import look_ahead
    from studio.progress import bars

    history = read_history()
    forecast = look_ahead(
        history,
        horizon=params.weeks,
        coverage=params.coverage,
        last_week=params.last_week,
        track=bars,
    )
    chosen = [params.category] if params.category else _largest(forecast)
    rows = [row for name in chosen for row in _rows(forecast, name)]
    print_rows(_COLUMNS, rows)
    say(
        f"{len(forecast.panel.categories)} categories forecast, {len(forecast.refused)} refused; "
        "lines of baskets a week"
    )
    write_report(_page(forecast, chosen), "forecast", params, history.stamp)


def _by_size(forecast: DemandForecast) -> list[int]:
    order: list[int] = forecast.panel.units[:, -8:].sum(axis=1).argsort()[::-1].tolist()
    return order


def _largest(forecast: DemandForecast) -> list[str]:
    return [forecast.panel.categories[row] for row in _by_size(forecast)[:10]]


def _rows(forecast: DemandForecast, category: str) -> list[list[object]]:
    found = forecast.of(category).assign(monday=lambda rows: rows["monday"].dt.strftime("%Y-%m-%d"))
    return found.round({"lines": 0, "low": 0, "high": 0}).values.tolist()


def _page(forecast: DemandForecast, chosen: list[str]) -> Report:
    from studio.report.html_report import Report, empty_figure

    share = f"{forecast.coverage:.0%}"
    report = Report(
        "Demand forecast",
        f"Lines of baskets in weeks {forecast.weeks[0]} to {forecast.weeks[-1]}, with intervals meant to hold {share} "
        "of the weeks. Promotions and holidays ahead are counted in.",
    )
    panel = forecast.panel
    shown_rows = -(-len(chosen) // 2)
    figure = empty_figure(width=11, height=2.3 * shown_rows + 0.4)
    grid = figure.subplots(shown_rows, 2 if len(chosen) > 1 else 1, squeeze=False)
    past = range(panel.first_week, panel.last_week + 1)
    for axes, name in zip(grid.flat, chosen, strict=False):
        row = panel.row(name)
        axes.plot(past, panel.units[row], color="#1c2733", linewidth=1)
        axes.fill_between(forecast.weeks, forecast.low[row], forecast.high[row], color="#2f6fde", alpha=0.25)
        axes.plot(forecast.weeks, forecast.middle[row], color="#2f6fde", marker="o", markersize=3)
        axes.set_title(name, fontsize=10, loc="left")
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in list(grid.flat)[len(chosen) :]:
        axes.set_visible(False)
    report.picture(figure, f"Sold (black) and forecast (blue, with the {share} interval), by week of the year.")
    report.table(_COLUMNS, [row for name in chosen for row in _rows(forecast, name)], caption="In numbers")
    report.heading("Where it comes from")
    report.text(
        "Five models are played over the past; each weighs by how well it did there. Intervals are conformal: as wide "
        "as the errors of the past say."
    )
    report.table(["model", "weight"], [[name, weight] for name, weight in forecast.weights.items()])
    report.heading("Not forecast")
    report.table(["category", "why"], [[name, why] for name, why in sorted(forecast.refused.items())])
    report.data = _data(forecast)
    return report


def _data(forecast: DemandForecast) -> dict[str, Any]:
    """Every category that is forecast, the busiest first: what was sold by week and what will be."""
    panel = forecast.panel
    return {
        "coverage": forecast.coverage,
        "past": [f"{panel.calendar.monday_of(week):%Y-%m-%d}" for week in range(panel.first_week, panel.last_week + 1)],
        "ahead": [f"{panel.calendar.monday_of(week):%Y-%m-%d}" for week in forecast.weeks],
        "weights": forecast.weights,
        "categories": [
            {
                "name": panel.categories[row],
                "sold": panel.units[row].round(1),
                "expected": forecast.middle[row].round(1),
                "low": forecast.low[row].round(1),
                "high": forecast.high[row].round(1),
            }
            for row in _by_size(forecast)
        ],
    }


COMMAND = Command(
    name="forecast",
    summary="what each category will sell in the coming weeks, with intervals",
    example='forecast "Hiking boots" --weeks 4',
    params=ForecastParams,
    run=_run,
    documents=("forecast",),
)
