"""Suggestions: groups of unanswered messages, what each may mean, and what a person decided about it.

An accepted suggestion's messages become corrections, like those that people make by hand, so there is one set of
examples to train with, and erasing a conversation takes its examples along.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from common.clock import iso
from common.upsert import insert_for
from gateway.conversations.audit.audit_log import AuditEntry, record
from gateway.conversations.schema.admin_tables import corrections
from gateway.conversations.schema.learning_tables import suggestion_messages, suggestions
from gateway.conversations.schema.message_tables import messages

SHOWN_TEXTS = 30
"""Of one suggestion."""


def replace_open(connection: Connection, groups: Sequence[Any], *, entry: AuditEntry) -> int:
    """Put these groups (`learning.proposals.Group`) in place of the open suggestions; how many are open now.

    Groups that are like a dismissed one join it. Messages that were judged or erased meanwhile are left out.
    """
    open_ids = select(suggestions.c.suggestion_id).where(suggestions.c.state == "open").scalar_subquery()
    connection.execute(delete(suggestion_messages).where(suggestion_messages.c.suggestion_id.in_(open_ids)))
    connection.execute(delete(suggestions).where(suggestions.c.state == "open"))
    free = _free_messages(connection, [member.message_id for group in groups for member in group.members])
    count = 0
    for group in groups:
        members = [
            (member, text) for member, text in zip(group.members, group.texts, strict=True) if member.message_id in free
        ]
        if not members:
            continue
        suggestion_id = group.dismissed_in
        if suggestion_id is None:
            count += 1
            suggestion_id = connection.execute(
                insert(suggestions).returning(suggestions.c.suggestion_id),
                {
                    "state": "open",
                    "proposed": group.proposed,
                    "share": group.share,
                    "taps": group.taps,
                    "created_at": entry.at,
                },
            ).scalar_one()
        connection.execute(
            insert(suggestion_messages),
            [
                {
                    "message_id": member.message_id,
                    "suggestion_id": suggestion_id,
                    "conversation_id": member.conversation_id,
                    "text": text,
                    "position": position,
                }
                for position, (member, text) in enumerate(members)
            ],
        )
    record(connection, entry)
    return count


def _free_messages(connection: Connection, message_ids: Sequence[str]) -> set[str]:
    judged = select(suggestion_messages.c.message_id)
    query = select(messages.c.message_id).where(
        messages.c.message_id.in_(message_ids), messages.c.message_id.not_in(judged)
    )
    return set(connection.scalars(query))


def find(connection: Connection, suggestion_id: int) -> Row[Any] | None:
    """A suggestion, as it stands."""
    return connection.execute(select(suggestions).where(suggestions.c.suggestion_id == suggestion_id)).one_or_none()


def accept(connection: Connection, *, suggestion_id: int, chosen: str, entry: AuditEntry) -> bool:
    """Make its messages examples of what was chosen; False if it is not open (any more).

    A message that somebody corrected meanwhile keeps its correction.
    """
    if not _decide(connection, suggestion_id, "accepted", chosen, entry):
        return False
    rows = connection.execute(
        select(suggestion_messages, messages.c.parse)
        .join(messages, messages.c.message_id == suggestion_messages.c.message_id)
        .where(suggestion_messages.c.suggestion_id == suggestion_id)
        .order_by(suggestion_messages.c.position)
    ).all()
    examples = [
        {
            "message_id": row.message_id,
            "conversation_id": row.conversation_id,
            "text": row.text,
            "guessed_intent": ((row.parse or {}).get("intent") or {}).get("name"),
            "intent": chosen,
            "entities": [],
            "author": entry.name,
            "created_at": entry.at,
        }
        for row in rows
    ]
    if examples:
        connection.execute(insert_for(connection, corrections).on_conflict_do_nothing(), examples)
    record(connection, entry)
    return True


def dismiss(connection: Connection, *, suggestion_id: int, entry: AuditEntry) -> bool:
    """Set it aside; False if it is not open (any more)."""
    if not _decide(connection, suggestion_id, "dismissed", None, entry):
        return False
    record(connection, entry)
    return True


def reopen(connection: Connection, *, suggestion_id: int, entry: AuditEntry) -> bool:
    """Take the decision back, and its examples out; False if there was none."""
    row = find(connection, suggestion_id)
    if row is None or row.state == "open":
        return False
    if row.state == "accepted":
        its = select(suggestion_messages.c.message_id).where(suggestion_messages.c.suggestion_id == suggestion_id)
        connection.execute(
            delete(corrections).where(
                corrections.c.message_id.in_(its.scalar_subquery()), corrections.c.intent == row.chosen
            )
        )
    connection.execute(
        update(suggestions)
        .where(suggestions.c.suggestion_id == suggestion_id)
        .values(state="open", chosen=None, decided_by=None, decided_at=None)
    )
    record(connection, entry)
    return True


def accepted_between(connection: Connection, after: datetime | None, until: datetime) -> list[int]:
    """The accepted suggestions that were decided after a time, if one is given, and not after another."""
    query = select(suggestions.c.suggestion_id).where(
        suggestions.c.state == "accepted", suggestions.c.decided_at <= until
    )
    if after is not None:
        query = query.where(suggestions.c.decided_at > after)
    return list(connection.scalars(query.order_by(suggestions.c.suggestion_id)))


def listed(connection: Connection, *, state: str, limit: int) -> list[dict[str, Any]]:
    """Suggestions of a state: open ones with the most messages first, others with the last decision first."""
    sizes = (
        select(suggestion_messages.c.suggestion_id, func.count().label("size"))
        .group_by(suggestion_messages.c.suggestion_id)
        .subquery()
    )
    order = (
        (sizes.c.size.desc(), suggestions.c.suggestion_id)
        if state == "open"
        else (suggestions.c.decided_at.desc(), suggestions.c.suggestion_id.desc())
    )
    # One whose conversations were all erased has no messages, and is not shown.
    rows = connection.execute(
        select(suggestions, sizes.c.size)
        .join(sizes, sizes.c.suggestion_id == suggestions.c.suggestion_id)
        .where(suggestions.c.state == state)
        .order_by(*order)
        .limit(limit)
    ).all()
    texts: dict[int, list[dict[str, str]]] = {row.suggestion_id: [] for row in rows}
    for text in connection.execute(
        select(suggestion_messages)
        .where(suggestion_messages.c.suggestion_id.in_(texts))
        .order_by(suggestion_messages.c.suggestion_id, suggestion_messages.c.position)
    ):
        if len(texts[text.suggestion_id]) < SHOWN_TEXTS:
            texts[text.suggestion_id].append(
                {"text": text.text, "conversation_id": text.conversation_id, "message_id": text.message_id}
            )
    return [
        {
            "suggestion_id": row.suggestion_id,
            "state": row.state,
            "count": row.size,
            "texts": texts[row.suggestion_id],
            "proposed": row.proposed,
            "share": row.share,
            "taps": row.taps,
            "chosen": row.chosen,
            "decided_by": row.decided_by,
            "decided_at": None if row.decided_at is None else iso(row.decided_at),
        }
        for row in rows
    ]


def _decide(connection: Connection, suggestion_id: int, state: str, chosen: str | None, entry: AuditEntry) -> bool:
    changed = connection.execute(
        update(suggestions)
        .where(suggestions.c.suggestion_id == suggestion_id, suggestions.c.state == "open")
        .values(state=state, chosen=chosen, decided_by=entry.name, decided_at=entry.at)
    )
    return bool(changed.rowcount)
