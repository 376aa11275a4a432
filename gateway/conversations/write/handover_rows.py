"""The queue of conversations that wait for a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from common.upsert import insert_for
from gateway.conversations.schema.widget_tables import waiting

GIVEN_UP_AFTER = timedelta(hours=12)
"""A conversation that waits longer no longer counts in the queue."""


def join_queue(connection: Connection, *, conversation_id: str, since: datetime) -> None:
    """Add a conversation to the queue; one that waits already keeps its position."""
    values = {"conversation_id": conversation_id, "since": since}
    connection.execute(insert_for(connection, waiting).values(**values).on_conflict_do_nothing())


def leave_queue(connection: Connection, conversation_id: str) -> None:
    """Remove a conversation from the queue."""
    connection.execute(delete(waiting).where(waiting.c.conversation_id == conversation_id))


def waiting_conversations(connection: Connection, *, now: datetime) -> list[str]:
    """The ids of the conversations that wait, in the order of the queue."""
    return list(
        connection.scalars(
            select(waiting.c.conversation_id)
            .where(waiting.c.since > now - GIVEN_UP_AFTER)
            .order_by(waiting.c.since, waiting.c.conversation_id)
        )
    )
