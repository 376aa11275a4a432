"""GET /admin/api/results: the log's numbers by day, the funnel, and the engine's report beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from sqlalchemy import Connection

from common.bodies import Query
from common.clock import iso, utc_now
from common.errors import ServiceError
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.admin_endpoint import reply_of
from gateway.admin.monitoring.monitoring_replies import Results
from gateway.conversations.read import conversation_counts

ALARM_Z = 3.3
"""Standard errors between two shares that raise an alarm: by chance once in a thousand times."""
LEAST_CONVERSATIONS = 30


class ResultsQuery(Query):
    """Over how many days, and how long after a decision purchases count."""

    days: Annotated[int, Field(ge=1, le=365)] = 30
    outcome_days: Annotated[int, Field(ge=1, le=90)] = 7


async def show_results(request: web.Request, _caller: Caller, query: ResultsQuery) -> Results:
    """The log's numbers by day, the funnel, and the engine's report; null while the engine does not answer."""
    since = utc_now() - timedelta(days=query.days)

    def read(connection: Connection) -> dict[str, Any]:
        return {
            "days": conversation_counts.by_day(connection, since=since),
            "answers": conversation_counts.answer_times(connection, since=since.date()),
            "outcomes": conversation_counts.tag_counts(connection, kind="outcome", since=since),
            "ratings": conversation_counts.tag_counts(connection, kind="rating", since=since),
        }

    found = await request.app[keys.LOG].read(read)
    try:
        report = await request.app[keys.ENGINE].report(days=query.days, outcome_days=query.outcome_days)
        alarms = list(report["alarms"])
    except ServiceError as error:
        report, alarms = None, [{"name": "engine", "message": error.message}]
    return reply_of(
        Results,
        {
            "since": iso(since),
            "days": found["days"],
            "answers": found["answers"],
            "ratings": found["ratings"],
            "funnel": _funnel(found["days"], found["outcomes"]),
            "report": report,
            "alarms": [*alarms, *rising_alarms(found["days"])],
        },
    )


def _funnel(days: Sequence[Mapping[str, Any]], outcomes: Mapping[str, int]) -> list[dict[str, Any]]:
    talked = {"step": "conversations", "outcome": None, "conversations": sum(day["conversations"] for day in days)}
    return [
        talked,
        *(
            {"step": step, "outcome": step, "conversations": outcomes.get(step, 0)}
            for step in conversation_counts.FUNNEL
        ),
    ]


def rising_alarms(days: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Alarms for shares that are higher in the newest seven days than in those before."""
    earlier, newest = days[:-7], days[-7:]
    found = []
    for name, field, words in (
        ("fallbacks_rose", "not_understood", "have something that the bot did not understand"),
        ("hand_offs_rose", "handed_over", "need a person"),
    ):
        before, after = _share(earlier, field), _share(newest, field)
        if before is None or after is None:
            continue
        (was, were), (now, count) = before, after
        error = math.sqrt(was * (1 - was) / were + now * (1 - now) / count)
        if now - was > ALARM_Z * error:
            message = f"{now:.1%} of the conversations of the last week {words}, {was:.1%} before."
            found.append({"name": name, "message": message})
    return found


def _share(days: Sequence[Mapping[str, Any]], field: str) -> tuple[float, int] | None:
    """The share of the conversations and their number; None if there are too few."""
    count = sum(day["conversations"] for day in days)
    if count < LEAST_CONVERSATIONS:
        return None
    return sum(day[field] for day in days) / count, count
