"""Deletes all data of a shopper, and moves an anonymous conversation into a customer's account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from gateway.conversations.audit.audit_log import AuditEntry, record
from gateway.conversations.schema.admin_tables import conversation_index, corrections, notes, tags
from gateway.conversations.schema.learning_tables import suggestion_messages
from gateway.conversations.schema.message_tables import button_tokens, conversations, messages
from gateway.conversations.schema.widget_tables import consents, firings, ratings, waiting
from gateway.conversations.search.full_text import purge_removed, unindex_messages


def conversations_of(connection: Connection, subject: str) -> list[str]:
    """The ids of all conversations of a shopper."""
    return list(connection.scalars(select(conversations.c.conversation_id).where(conversations.c.subject == subject)))


def forget_shopper(connection: Connection, *, subject: str, at: datetime) -> list[str]:
    """Delete every conversation of a shopper; returns their ids. The audit log keeps that it was done."""
    found = conversations_of(connection, subject)
    for conversation_id in found:
        _erase_conversation(connection, conversation_id)
        record(connection, AuditEntry(name="shopper", action="forget", subject=conversation_id, at=at))
    if found:
        purge_removed(connection)
    return found


def conversations_of_customers(connection: Connection, customer_ids: Sequence[str]) -> list[str]:
    """The ids of all conversations of a person, under whichever of their identifiers."""
    subjects = [f"customer:{customer_id}" for customer_id in customer_ids]
    theirs = or_(conversations.c.customer_id.in_(customer_ids), conversations.c.subject.in_(subjects))
    return list(connection.scalars(select(conversations.c.conversation_id).where(theirs).order_by("conversation_id")))


def erase_conversations(connection: Connection, conversation_ids: Sequence[str], entry: AuditEntry) -> None:
    """Delete conversations with everything about them; the entry says who asked for it."""
    for conversation_id in conversation_ids:
        _erase_conversation(connection, conversation_id)
    if conversation_ids:
        purge_removed(connection)
    record(connection, entry)


def move_conversations(connection: Connection, *, gone: str, into: str, entry: AuditEntry) -> None:
    """Let conversations of a customer count as those of another one. Who may continue them stays: a page that is open
    holds a token of the earlier name."""
    for table in (conversations, conversation_index):
        connection.execute(update(table).where(table.c.customer_id == gone).values(customer_id=into))
    record(connection, entry)


def _erase_conversation(connection: Connection, conversation_id: str) -> None:
    _erase_index_row(connection, conversation_id)
    for table in (
        corrections,
        suggestion_messages,
        firings,
        waiting,
        ratings,
        consents,
        button_tokens,
        messages,
        conversations,
    ):
        connection.execute(delete(table).where(table.c.conversation_id == conversation_id))


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
