"""Pages of conversations for the console: any filters, full-text search, the latest started first.

A page is asked for by the number of the last conversation of the page before, so page one thousand costs what page
one costs. Without a search the index rows are walked from the newest on; with a search, the full-text index, whose
positions are in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.types import NullType

from common.clock import iso
from gateway.conversations.schema.admin_tables import conversation_index, tags
from gateway.conversations.schema.message_tables import messages
from gateway.conversations.search.full_text import SEQ_BITS, SEQ_LIMIT, match_expression, position_of

LISTED_KINDS = ("intent", "sentiment", "offer", "outcome", "tag", "rating", "assigned")
"""Kinds with few values, of which one is chosen."""
TAG_KINDS = (*LISTED_KINDS, "policy", "policy_line")
ROWS_AT_ONCE = 200
"""Hits that are read from the index before looking whether the page is full."""


@dataclass(frozen=True)
class Filters:
    """Conditions on conversations; None and empty mean no condition."""

    search: str = ""
    started_from: datetime | None = None
    started_until: datetime | None = None
    customer_id: str | None = None
    channel: str | None = None
    confidence_below: float | None = None
    """From 0 to 1: the confidence of its least sure intent is lower."""
    fallback: bool | None = None
    handed_over: bool | None = None
    flagged: bool | None = None
    taken: bool | None = None
    """True: an admin answers instead of the bot."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """A value by kind, of TAG_KINDS."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """The SQL conditions on index rows, without the search."""
        wanted: list[ColumnElement[bool]] = [conversation_index.c.message_count > 0]
        if self.started_from is not None:
            wanted.append(conversation_index.c.started_at >= self.started_from)
        if self.started_until is not None:
            wanted.append(conversation_index.c.started_at < self.started_until)
        for name in ("customer_id", "channel", "handed_over", "flagged"):
            if (value := getattr(self, name)) is not None:
                wanted.append(conversation_index.c[name] == value)
        if self.confidence_below is not None:
            wanted.append(conversation_index.c.confidence < self.confidence_below)
        if self.fallback is not None:
            wanted.append((conversation_index.c.fallback_count > 0) == self.fallback)
        if self.taken is not None:
            wanted.append(
                conversation_index.c.taken_by.is_not(None) if self.taken else conversation_index.c.taken_by.is_(None)
            )
        return wanted


def page(connection: Connection, *, filters: Filters, before: int | None, limit: int) -> list[dict[str, Any]]:
    """At most `limit` conversations with a smaller number than `before`, the greatest number first."""
    if filters.search.strip():
        found = _search(connection, filters, before=before, limit=limit)
        rows = list(connection.execute(select(conversation_index).where(conversation_index.c.number.in_(found))))
        rows.sort(key=lambda row: -row.number)
        hits = _hits(connection, found, {row.number: row.conversation_id for row in rows})
    else:
        rows = list(connection.execute(_walk(filters, before=before, limit=limit)))
        found, hits = {}, {}
    tags_of = _tags_by_number(connection, [row.number for row in rows])
    return [
        _shown(row, tags_of.get(row.number, []), hit=hits.get(row.number), hit_seq=found.get(row.number))
        for row in rows
    ]


def _walk(filters: Filters, *, before: int | None, limit: int) -> Select[Any]:
    query = select(conversation_index).where(*filters.conditions())
    wanted = list(filters.tags.items())
    if wanted:
        # The first tag leads: its own index holds the numbers in order.
        (kind, value), *others = wanted
        query = query.join(tags, tags.c.number == conversation_index.c.number)
        query = query.where(tags.c.kind == kind, tags.c.value == value, *_has(others))
        leading: Column[Any] = tags.c.number
    else:
        leading = conversation_index.c.number
    if before is not None:
        query = query.where(leading < before)
    return query.order_by(leading.desc()).limit(limit)


def _has(wanted: Sequence[tuple[str, str]]) -> list[ColumnElement[bool]]:
    other = tags.alias("other")
    return [
        exists(
            select(1).where(other.c.number == conversation_index.c.number, other.c.kind == kind, other.c.value == value)
        )
        for kind, value in wanted
    ]


def _search(connection: Connection, filters: Filters, *, before: int | None, limit: int) -> dict[int, int]:
    """The numbers of the page's conversations, each with the seq of its latest message that was found."""
    dialect = connection.dialect.name
    expression = match_expression(filters.search, dialect)
    if expression is None:
        return {}
    name = "rowid" if dialect == "sqlite" else "place"
    index = table("message_search", column(name, BigInteger), column("words", NullType))
    in_index = index.c[name]
    matches = text(
        "message_search MATCH :expression" if dialect == "sqlite" else "words @@ to_tsquery('simple', :expression)"
    ).bindparams(bindparam("expression", expression))
    query = (
        select(in_index)
        .select_from(index)
        .join(conversation_index, conversation_index.c.number == in_index.op(">>")(literal_column(str(SEQ_BITS))))
        .where(matches, *filters.conditions(), *_has(list(filters.tags.items())))
        .order_by(in_index.desc())
    )
    if before is not None:
        query = query.where(in_index < position_of(before, 0))
    found: dict[int, int] = {}
    for position in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query).scalars():
        number = position >> SEQ_BITS
        if number not in found:
            if len(found) == limit:
                break
            found[number] = position & (SEQ_LIMIT - 1)
    return found


def _hits(connection: Connection, found: Mapping[int, int], ids: Mapping[int, str]) -> dict[int, str]:
    """The messages that the search has found, by number."""
    query = select(messages.c.text).where(
        messages.c.conversation_id == bindparam("of_conversation"), messages.c.seq == bindparam("of_seq")
    )
    return {
        number: connection.scalar(query, {"of_conversation": conversation_id, "of_seq": found[number]}) or ""
        for number, conversation_id in ids.items()
    }


def _tags_by_number(connection: Connection, numbers: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for row in connection.execute(select(tags).where(tags.c.number.in_(numbers))):
        found.setdefault(row.number, []).append((row.kind, row.value))
    return found


def find_summary(connection: Connection, conversation_id: str) -> dict[str, Any] | None:
    """One conversation as the list shows it."""
    row = connection.execute(
        select(conversation_index).where(conversation_index.c.conversation_id == conversation_id)
    ).one_or_none()
    return None if row is None else _shown(row, _tags_by_number(connection, [row.number]).get(row.number, []))


def number_of(connection: Connection, conversation_id: str) -> int | None:
    """The conversation's number, which serves as a cursor."""
    return connection.scalar(
        select(conversation_index.c.number).where(conversation_index.c.conversation_id == conversation_id)
    )


def _shown(
    row: Any, has: Sequence[tuple[str, str]], hit: str | None = None, hit_seq: int | None = None
) -> dict[str, Any]:
    return {
        "conversation_id": row.conversation_id,
        "customer_id": row.customer_id,
        "channel": row.channel,
        "started_at": iso(row.started_at),
        "last_message_at": None if row.last_message_at is None else iso(row.last_message_at),
        "message_count": row.message_count,
        "preview": row.preview,
        "hit": hit,
        "hit_seq": hit_seq,
        "confidence": row.confidence,
        "fallback_count": row.fallback_count,
        "handed_over": row.handed_over,
        "flagged": row.flagged,
        "taken_by": row.taken_by,
        "facets": {kind: sorted(value for its_kind, value in has if its_kind == kind) for kind in TAG_KINDS},
    }


def tag_values(connection: Connection) -> dict[str, list[str]]:
    """Every value of the kinds that have few. Jumps from one value to the next, however many conversations have it."""
    values: dict[str, list[str]] = {}
    following = select(func.min(tags.c.value)).where(
        tags.c.kind == bindparam("of_kind"), tags.c.value > bindparam("than")
    )
    for kind in LISTED_KINDS:
        found, value = values.setdefault(kind, []), ""
        while value := connection.scalar(following, {"of_kind": kind, "than": value}) or "":
            found.append(value)
    return values


def last_activity(connection: Connection) -> str | None:
    """When anything was last said. The console polls it and reloads its page on a change."""
    latest = connection.scalar(select(func.max(conversation_index.c.last_message_at)))
    return None if latest is None else iso(latest)
