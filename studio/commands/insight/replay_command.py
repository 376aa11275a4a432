"""`promobot strategy replay`: a day of the history at a thousand times its speed, with segments and alarms."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from promo_engine.cli.command_line import CommandError, say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    import pandas as pd

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


class ReplayParams(SalesParams):
    """Which day, and how fast."""

    day: str | None = param(
        None, title="Day", text="a day of the data; by default the busiest one", min_length=1, max_length=32
    )
    speed: float = param(1_000.0, title="Speed", text="how many times as fast as it was", gt=0)


def _run(params: ReplayParams) -> None:
    import pandas as pd

    from studio.data.shop_facts import segments_of
    from studio.measure.shop_monitor import Alarm, LiveEvent, SegmentChanged, Watcher
    from studio.progress import bars
    from studio.report.html_report import Report, new_figure

    history = read_history()
    lines = history.lines
    try:
        day = _busiest_day(lines) if params.day is None else pd.Timestamp(params.day).normalize()
    except ValueError as error:
        raise CommandError(f"--day: {params.day!r} is not a day such as 2026-11-20") from error
    before, today = lines[lines["day"] < day], lines[lines["day"] == day]
    if today.empty or before.empty:
        raise CommandError(f"nothing was sold on {day:%Y-%m-%d}, or nothing before it")
    segments = {str(name): str(segment) for name, segment in segments_of(before).items()}
    last = before.groupby("customer_id")["bought_at"].max()
    seen = {str(name): at.to_pydatetime() for name, at in last.items()}
    watcher = Watcher(segments, seen, money=history.profile.money)
    weeks = before[before["day"] >= day - pd.Timedelta(weeks=6)]
    baskets = weeks.groupby("basket_id").agg(at=("bought_at", "min"), cents=("sales_cents", "sum")).sort_values("at")
    usual: list[Any] = list(baskets.itertuples(index=False))
    for row in usual:  # six weeks to know what is usual
        for _ in watcher.feed(LiveEvent(row.at.to_pydatetime(), "sales", float(row.cents))):
            pass
    counted = watcher.counts()
    events = today.groupby("basket_id").agg(
        at=("bought_at", "min"), who=("customer_id", "first"), cents=("sales_cents", "sum")
    )
    rows: list[Any] = list(events.sort_values("at").itertuples(index=False))
    began, first = time.perf_counter(), rows[0].at
    delays: list[float] = []
    found: list[Any] = []
    for row in bars(rows, f"{day:%Y-%m-%d} at {params.speed:g} times its speed"):
        due = (row.at - first).total_seconds() / params.speed
        time.sleep(max(0.0, due - (time.perf_counter() - began)))
        found += watcher.feed(LiveEvent(row.at.to_pydatetime(), "sales", float(row.cents), row.who))
        delays.append(time.perf_counter() - began - due)
    slowest = max(delays)
    after = watcher.counts()
    table = [[name, counted[name], after[name], after[name] - counted[name]] for name in sorted(after | counted)]
    print_rows(["segment", "morning", "evening", "change"], table)
    alarms = [event for event in found if isinstance(event, Alarm)]
    moves = [event for event in found if isinstance(event, SegmentChanged)]
    for alarm in alarms:
        say(f"alarm at {alarm.at:%H:%M}: {alarm.text}")
    say(f"{len(rows)} baskets, {len(moves)} moves; an event took effect after {slowest:.2f} s at most (5 are allowed)")
    report = Report(f"{day:%A, %d %B %Y} again", f"{len(rows)} baskets at {params.speed:g} times their speed.")
    figure, axes = new_figure(height=3)
    axes.plot([row.at for row in rows], [1000 * delay for delay in delays], linewidth=0.8)
    axes.set_ylabel("milliseconds")
    report.picture(figure, "How long after each event its effects were there.")
    report.table(["segment", "morning", "evening", "change"], table, caption="Customers by segment")
    report.table(["at", "alarm"], [[f"{alarm.at:%H:%M}", alarm.text] for alarm in alarms], caption="Alarms")
    write_report(report, "replay", params, history.stamp)


def _busiest_day(lines: pd.DataFrame) -> pd.Timestamp:
    """The day of the last year with the most baskets, of those that have six weeks before them; else the last day."""
    import pandas as pd

    days = lines.groupby("day")["basket_id"].nunique()
    first, last = days.index.min() + pd.Timedelta(weeks=6), days.index.max()
    known = days[(days.index >= first) & (days.index > last - pd.Timedelta(days=365))]
    return pd.Timestamp(known.idxmax() if len(known) else last)


COMMAND = Command(
    name="replay",
    summary="a day of the history at 1,000 times its speed: segments move and alarms go off as it happens",
    example="replay --speed 2000",
    params=ReplayParams,
    run=_run,
    documents=("replay",),
)
