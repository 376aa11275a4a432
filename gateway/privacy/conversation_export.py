"""All conversations of a person as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from common.clock import iso
from gateway.conversations.erase.erasure import conversations_of_customers
from gateway.conversations.schema.admin_tables import corrections, notes
from gateway.conversations.schema.message_tables import conversations, messages
from gateway.conversations.schema.widget_tables import consents, ratings

_TABLES = (conversations, messages, consents, ratings, notes, corrections)


def export_conversations(connection: Connection, customer_ids: Sequence[str]) -> dict[str, Any]:
    """By conversation: what was said, what was agreed to, how it was rated, what the shop's team noted."""
    return {
        conversation_id: {
            table.name: [
                {name: iso(value) if isinstance(value, datetime) else value for name, value in row.items()}
                for row in connection.execute(
                    select(table).where(table.c.conversation_id == conversation_id).order_by(*table.primary_key.columns)
                ).mappings()
            ]
            for table in _TABLES
        }
        for conversation_id in conversations_of_customers(connection, customer_ids)
    }
