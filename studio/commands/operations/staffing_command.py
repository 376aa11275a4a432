"""`promobot strategy staffing`: agents needed by hour of the coming week."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from promo_engine.cli.command_line import CommandError, say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history, read_stamp
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    import pandas as pd

    from studio.plan.staffing import ServiceGoal
    from studio.report.html_report import Report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_ASSUMED_CHATS = 0.05


class StaffingParams(SalesParams):
    """Which chats, and what customers are promised."""

    chats: Path | None = param(
        None,
        title="Chats",
        text="CSV with a column started_at, one row a chat handed to a person; by default chats are assumed",
        on_machine=True,
    )
    chats_per_order: float = param(
        _ASSUMED_CHATS, title="Chats an order", text="what is assumed without a file", gt=0, le=10
    )
    handling: float = param(360.0, title="Handling time", text="an agent's time a chat", unit="seconds", gt=0)
    within: float = param(30.0, title="Answer within", text="time within which to answer", unit="seconds", ge=0)
    share: float = param(0.8, title="Share in time", text="share answered within that time", gt=0, lt=1)


def _run(params: StaffingParams) -> None:
    from studio.plan.staffing import ServiceGoal, hourly_forecast, staffing

    goal = ServiceGoal(params.handling, params.within, params.share)
    moments, source, stamp = _chats(params)
    forecast = hourly_forecast(moments)
    if params.chats is None:
        # Thinning a Poisson stream of orders gives a Poisson stream of chats.
        spread = (forecast["high"] - forecast["expected"]) * params.chats_per_order**0.5
        expected = forecast["expected"] * params.chats_per_order
        forecast = forecast.assign(expected=expected, high=expected + spread)
    table = staffing(forecast, goal)
    by_clock = table.pivot_table(index="clock", columns="weekday", values="agents", sort=False)
    rows = [[f"{clock}:00", *[int(value) for value in row]] for clock, row in by_clock.iterrows()]
    print_rows(["hour", *by_clock.columns], rows)
    say(f"{source}; {table['agents'].sum():,} agent hours a week")
    write_report(_page(table, by_clock, goal, source), "staffing", params, stamp)


def _chats(params: StaffingParams) -> tuple[pd.Series, str, dict[str, str]]:
    import pandas as pd

    if params.chats is None:
        history = read_history()
        orders = history.lines.drop_duplicates("basket_id")["bought_at"]
        return (
            orders,
            f"ASSUMED, not observed: {params.chats_per_order:g} chats an order, at the hours of the shop's orders",
            history.stamp,
        )
    try:
        table = pd.read_csv(params.chats)
        moments = pd.to_datetime(table["started_at"], utc=True, format="ISO8601").dt.tz_localize(None)
    except KeyError as error:
        raise CommandError(f"{params.chats}: the column {error} is missing") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"{params.chats} cannot be read: {str(error).splitlines()[0]}") from error
    return moments, f"{len(moments):,} chats of {params.chats}", read_stamp()


def _page(table: pd.DataFrame, by_clock: pd.DataFrame, goal: ServiceGoal, source: str) -> Report:
    from studio.report.html_report import Report, empty_figure

    report = Report(
        "Agents needed",
        f"By hour of the coming week, so that {goal.answered_share:.0%} of chats are answered within "
        f"{goal.answered_within_s:.0f} s; a chat takes {goal.handling_s:.0f} s. {source}.",
    )
    figure = empty_figure(width=11, height=4.2)
    agents, chats = figure.subplots(1, 2)
    image = agents.imshow(by_clock.to_numpy(), aspect="auto", cmap="Blues")
    agents.set_xticks(range(7), [str(name)[:3] for name in by_clock.columns])
    agents.set_ylabel("hour of the day")
    agents.set_title("Agents", loc="left", fontsize=10)
    figure.colorbar(image, ax=agents, shrink=0.8)
    chats.fill_between(table["hour"], table["expected"], table["high"], alpha=0.3, color="#2f6fde")
    chats.plot(table["hour"], table["expected"], color="#2f6fde")
    chats.set_xticks(range(0, 169, 24))
    chats.set_title("Chats an hour, and what nine weeks in ten stay under", loc="left", fontsize=10)
    chats.spines[["top", "right"]].set_visible(False)
    report.picture(figure, "Left: agents by weekday and hour. Right: the forecast of chats from Monday, 0:00.")
    report.table(
        ["hour", *[str(name) for name in by_clock.columns]],
        [[f"{clock}:00", *[int(value) for value in row]] for clock, row in by_clock.iterrows()],
    )
    report.data = {
        "days": [str(name) for name in by_clock.columns],
        "hours": [int(clock) for clock in by_clock.index],
        "agents": by_clock.to_numpy().astype(int),
        "agent_hours": int(table["agents"].sum()),
        "expected": table["expected"].round(2).tolist(),
        "high": table["high"].round(2).tolist(),
        "source": source,
    }
    return report


COMMAND = Command(
    name="staffing",
    summary="agents needed by hour of the coming week (Erlang C)",
    example="staffing --chats chats.csv --handling 300",
    params=StaffingParams,
    run=_run,
    documents=("staffing",),
)
