"""The line of conversations that wait for a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from common.upsert import insert_for
from gateway.conversations.schema.widget_tables import waiting

GIVEN_UP_AFTER = timedelta(hours=12)
"""Nobody waits longer; such a conversation no longer counts in the line."""


def join_queue(connection: Connection, *, conversation_id: str, since: datetime) -> None:
    """Wait for a person; who waits already keeps the place."""
    values = {"conversation_id": conversation_id, "since": since}
    connection.execute(insert_for(connection, waiting).values(**values).on_conflict_do_nothing())


def leave_queue(connection: Connection, conversation_id: str) -> None:
    """A person has come, or is not wanted any more."""
    connection.execute(delete(waiting).where(waiting.c.conversation_id == conversation_id))


def line(connection: Connection, *, now: datetime) -> list[str]:
    """The conversations that wait, the first in line first."""
    return list(
        connection.scalars(
            select(waiting.c.conversation_id)
            .where(waiting.c.since > now - GIVEN_UP_AFTER)
            .order_by(waiting.c.since, waiting.c.conversation_id)
        )
    )
