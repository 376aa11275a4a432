"""Corrections of what the bot understood, and new training examples, by admins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from common.clock import iso
from common.upsert import inserts
from gateway.conversations.audit.audit_log import AuditEntry, record
from gateway.conversations.schema.admin_tables import conversation_index, corrections
from gateway.conversations.schema.message_tables import messages

_upsert = {
    name: statement.on_conflict_do_update(
        index_elements=["message_id"],
        set_={column: statement.excluded[column] for column in ("intent", "entities", "author", "created_at")},
    )
    for name, statement in inserts(corrections).items()
}


@dataclass(frozen=True)
class Meaning:
    """An intent and entities: `{"start", "end", "entity"}`, positions in the text, and "value" where it is another."""

    intent: str
    entities: Sequence[Mapping[str, Any]]


def find_text(connection: Connection, *, conversation_id: str, message_id: str) -> Row[Any] | None:
    """A shopper's message: its text and what the bot understood."""
    return connection.execute(
        select(messages.c.text, messages.c.parse).where(
            messages.c.message_id == message_id,
            messages.c.conversation_id == conversation_id,
            messages.c.sender == "shopper",
        )
    ).one_or_none()


def correct(
    connection: Connection,
    *,
    conversation_id: str,
    message_id: str,
    read: Row[Any],
    meaning: Meaning,
    entry: AuditEntry,
) -> None:
    """Say what a message means; a second correction replaces the first."""
    guessed = ((read.parse or {}).get("intent") or {}).get("name")
    connection.execute(
        _upsert[connection.dialect.name],
        {
            "message_id": message_id,
            "conversation_id": conversation_id,
            "text": read.text,
            "guessed_intent": guessed,
            "intent": meaning.intent,
            "entities": [dict(entity) for entity in meaning.entities],
            "author": entry.name,
            "created_at": entry.at,
        },
    )
    record(connection, entry)


def add_example(connection: Connection, *, text: str, meaning: Meaning, entry: AuditEntry) -> None:
    """Add a training example that no shopper said."""
    connection.execute(
        insert(corrections),
        {
            "text": text,
            "intent": meaning.intent,
            "entities": [dict(entity) for entity in meaning.entities],
            "author": entry.name,
            "created_at": entry.at,
        },
    )
    record(connection, entry)


def remove(connection: Connection, *, correction_id: int, entry: AuditEntry) -> bool:
    """Delete a correction or an example; False if there is none."""
    gone = connection.execute(delete(corrections).where(corrections.c.correction_id == correction_id)).rowcount
    if gone:
        record(connection, entry)
    return bool(gone)


def of_conversation(connection: Connection, conversation_id: str) -> list[dict[str, Any]]:
    """The corrections of a conversation's messages."""
    query = select(corrections).where(corrections.c.conversation_id == conversation_id)
    return [_shown(row) for row in connection.execute(query.order_by(corrections.c.correction_id))]


def newest(connection: Connection, *, intent: str | None = None, limit: int = 100_000) -> list[dict[str, Any]]:
    """Corrections and examples, the newest first."""
    query = select(corrections).order_by(corrections.c.correction_id.desc()).limit(limit)
    if intent is not None:
        query = query.where(corrections.c.intent == intent)
    return [_shown(row) for row in connection.execute(query)]


def counts(connection: Connection) -> dict[str, int]:
    """Corrections and examples by intent."""
    query = select(corrections.c.intent, func.count()).group_by(corrections.c.intent)
    return {intent: count for intent, count in connection.execute(query)}


def latest_change(connection: Connection) -> datetime | None:
    """When the last of them was made; None without any."""
    found: datetime | None = connection.scalar(select(func.max(corrections.c.created_at)))
    return found


def confusions(connection: Connection) -> list[dict[str, Any]]:
    """How often the bot took a message of one intent for another's, as far as messages were corrected or confirmed."""
    query = (
        select(corrections.c.intent, corrections.c.guessed_intent, func.count().label("count"))
        .where(corrections.c.guessed_intent.is_not(None))
        .group_by(corrections.c.intent, corrections.c.guessed_intent)
        .order_by(func.count().desc(), corrections.c.intent)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def unsure_texts(connection: Connection, *, below: float, conversations: int) -> list[dict[str, Any]]:
    """Free texts that the bot was less sure of, from the newest conversations that have any, and not corrected yet."""
    numbers = (
        select(conversation_index.c.conversation_id)
        .where(conversation_index.c.confidence < below)
        .order_by(conversation_index.c.number.desc())
        .limit(conversations)
    )
    rows = connection.execute(
        select(
            messages.c.message_id, messages.c.conversation_id, messages.c.text, messages.c.created_at, messages.c.parse
        )
        .outerjoin(corrections, corrections.c.message_id == messages.c.message_id)
        .where(
            messages.c.conversation_id.in_(numbers.scalar_subquery()),
            messages.c.sender == "shopper",
            messages.c.payload.is_(None),
            corrections.c.correction_id.is_(None),
        )
        .order_by(messages.c.created_at.desc())
    )
    found = []
    for row in rows:
        intent = (row.parse or {}).get("intent") or {}
        if intent.get("name") and float(intent.get("confidence") or 0.0) < below:
            found.append(
                {
                    "message_id": row.message_id,
                    "conversation_id": row.conversation_id,
                    "text": row.text,
                    "created_at": iso(row.created_at),
                    "intent_ranking": (row.parse.get("intent_ranking") or [intent])[:3],
                }
            )
    return found


def _shown(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping) | {"created_at": iso(row.created_at)}
