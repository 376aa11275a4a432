"""Counts of conversations: by day, by step of the funnel, and how long answers took."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, case, func, select

from common.upsert import inserts
from gateway.conversations.schema.admin_tables import conversation_index, cursors, tags, turn_times

BUCKETS_A_DECADE = 20
"""Neighbouring buckets of answering times differ by 12 %."""
TAKEN_OVER = ("outcome", "taken_over")
"""The tag of a conversation in which an admin answered instead of the bot."""
FUNNEL = ("proposed", "exposed", "accepted", "redeemed")
"""Values of the tag `outcome`, each a step further."""

_count_turns = {
    name: statement.on_conflict_do_update(
        index_elements=["day", "bucket"], set_={"turns": turn_times.c.turns + statement.excluded.turns}
    )
    for name, statement in inserts(turn_times).items()
}
_move_cursor = {
    name: statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    for name, statement in inserts(cursors).items()
}


def bucket_of(turn_ms: int) -> int:
    """The bucket of an answering time."""
    return round(BUCKETS_A_DECADE * math.log10(max(turn_ms, 1)))


def milliseconds_of(bucket: int) -> float:
    """The middle of a bucket."""
    return float(10 ** (bucket / BUCKETS_A_DECADE))


def note_turn_times(connection: Connection, took: Iterable[tuple[datetime, int]]) -> None:
    """Count answers of the bot: when each was given, and how long it took in milliseconds."""
    counts = Counter((at.date(), bucket_of(turn_ms)) for at, turn_ms in took)
    rows = [{"day": day, "bucket": bucket, "turns": turns} for (day, bucket), turns in sorted(counts.items())]
    if rows:
        connection.execute(_count_turns[connection.dialect.name], rows)


def by_day(connection: Connection, *, since: datetime) -> list[dict[str, Any]]:
    """Conversations by the day (UTC) of their start; a contained one needed no person."""
    day = _day(connection, conversation_index.c.started_at)
    query = (
        select(
            day.label("day"),
            func.count().label("conversations"),
            _count(conversation_index.c.handed_over).label("handed_over"),
            _count(conversation_index.c.fallback_count > 0).label("not_understood"),
        )
        .where(conversation_index.c.started_at >= since, conversation_index.c.message_count > 0)
        .group_by(day)
        .order_by(day)
    )
    found = {str(row.day): dict(row._mapping) | {"day": str(row.day)} for row in connection.execute(query)}
    kind, value = TAKEN_OVER
    taken = (
        select(
            day.label("day"), func.count().label("taken"), _count(~conversation_index.c.handed_over).label("only_taken")
        )
        .join(tags, tags.c.number == conversation_index.c.number)
        .where(tags.c.kind == kind, tags.c.value == value, conversation_index.c.started_at >= since)
        .group_by(day)
    )
    people = {str(row.day): (row.taken, row.only_taken) for row in connection.execute(taken)}
    for name, row in found.items():
        taken_over, only_taken = people.get(name, (0, 0))
        row["taken_over"] = taken_over
        row["contained"] = row["conversations"] - row["handed_over"] - only_taken
    return list(found.values())


def answer_times(connection: Connection, *, since: date) -> list[dict[str, Any]]:
    """By day: how many turns, and the times below which half and 95 % of them were answered, in milliseconds."""
    query = select(turn_times).where(turn_times.c.day >= since).order_by(turn_times.c.day, turn_times.c.bucket)
    days: dict[str, list[tuple[int, int]]] = {}
    for row in connection.execute(query):
        days.setdefault(str(row.day), []).append((row.bucket, row.turns))
    return [
        {
            "day": day,
            "turns": sum(turns for _, turns in counts),
            "median_ms": _quantile(counts, 0.5),
            "p95_ms": _quantile(counts, 0.95),
        }
        for day, counts in days.items()
    ]


def _quantile(counts: Sequence[tuple[int, int]], share: float) -> float:
    wanted = share * sum(turns for _, turns in counts)
    seen = 0
    for bucket, turns in counts:
        seen += turns
        if seen >= wanted:
            return round(milliseconds_of(bucket), 1)
    raise ValueError("there are no turns")


def tag_counts(connection: Connection, *, kind: str, since: datetime) -> dict[str, int]:
    """How many conversations that began since then have each value of a kind."""
    first = connection.scalar(
        select(func.min(conversation_index.c.number)).where(conversation_index.c.started_at >= since)
    )
    if first is None:
        return {}
    query = (
        select(tags.c.value, func.count())
        .where(tags.c.kind == kind, tags.c.number >= first)
        .group_by(tags.c.value)
        .order_by(tags.c.value)
    )
    return {value: count for value, count in connection.execute(query)}


def find_cursor(connection: Connection, name: str) -> str:
    """The cursor of that name: up to where notes were read; empty at first."""
    return connection.scalar(select(cursors.c.value).where(cursors.c.name == name)) or ""


def move_cursor(connection: Connection, *, name: str, value: str) -> None:
    """Move the cursor of that name."""
    connection.execute(_move_cursor[connection.dialect.name], {"name": name, "value": value})


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _day(connection: Connection, at: Column[Any]) -> ColumnElement[Any]:
    if connection.dialect.name == "postgresql":
        return func.date(func.timezone("UTC", at))
    return func.date(at)
