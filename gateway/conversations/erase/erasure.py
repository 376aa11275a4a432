"""Deletes all data of a shopper, and moves an anonymous conversation into a customer's account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from gateway.conversations.audit.audit_log import AuditEntry, record
from gateway.conversations.schema.admin_tables import conversation_index, corrections, notes, tags
from gateway.conversations.schema.message_tables import button_tokens, conversations, messages
from gateway.conversations.schema.widget_tables import consents, firings, ratings, waiting
from gateway.conversations.search.full_text import unindex_messages


def conversations_of(connection: Connection, subject: str) -> list[str]:
    """The ids of all conversations of a shopper."""
    return list(connection.scalars(select(conversations.c.conversation_id).where(conversations.c.subject == subject)))


def forget_shopper(connection: Connection, *, subject: str, at: datetime) -> list[str]:
    """Delete every conversation of a shopper; returns their ids. The audit log keeps that it was done."""
    found = conversations_of(connection, subject)
    for conversation_id in found:
        _erase_index_row(connection, conversation_id)
        for table in (corrections, firings, waiting, ratings, consents, button_tokens, messages, conversations):
            connection.execute(delete(table).where(table.c.conversation_id == conversation_id))
        record(connection, AuditEntry(name="shopper", action="forget", subject=conversation_id, at=at))
    return found


def _erase_index_row(connection: Connection, conversation_id: str) -> None:
    number = connection.scalar(
        select(conversation_index.c.number).where(conversation_index.c.conversation_id == conversation_id)
    )
    if number is None:
        return
    said = connection.execute(
        select(messages.c.seq, messages.c.text).where(messages.c.conversation_id == conversation_id)
    )
    unindex_messages(connection, [(number, row.seq, row.text) for row in said])
    connection.execute(delete(tags).where(tags.c.number == number))
    connection.execute(delete(notes).where(notes.c.conversation_id == conversation_id))
    connection.execute(delete(conversation_index).where(conversation_index.c.number == number))


def claim_conversation(
    connection: Connection, *, conversation_id: str, earlier_subject: str, subject: str, customer_id: str
) -> bool:
    """Move an anonymous shopper's conversation to a customer. False if the conversation is not that shopper's."""
    changed = connection.execute(
        update(conversations)
        .where(conversations.c.conversation_id == conversation_id, conversations.c.subject == earlier_subject)
        .values(subject=subject, customer_id=customer_id)
    )
    if not changed.rowcount:
        return False
    connection.execute(
        update(conversation_index)
        .where(conversation_index.c.conversation_id == conversation_id)
        .values(customer_id=customer_id)
    )
    return True
