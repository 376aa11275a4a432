"""What admins add to a conversation: tags, the flag, who looks after it, notes, and answers instead of the bot's.

Each function writes its change and the audit entry about it in one transaction.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from common.clock import iso
from gateway.conversations.audit.audit_log import AuditEntry, record
from gateway.conversations.index.index_updates import note_messages, note_tags
from gateway.conversations.read.conversation_counts import TAKEN_OVER
from gateway.conversations.records import Message
from gateway.conversations.schema.admin_tables import conversation_index, notes, tags
from gateway.conversations.write.handover_rows import leave_queue
from gateway.conversations.write.message_writes import insert_message


def add_tag(connection: Connection, *, number: int, tag: str, entry: AuditEntry) -> None:
    """Tag a conversation; a second time changes nothing."""
    note_tags(connection, number, [("tag", tag)])
    record(connection, entry)


def remove_tag(connection: Connection, *, number: int, tag: str, entry: AuditEntry) -> None:
    """Take a tag off."""
    connection.execute(delete(tags).where(tags.c.kind == "tag", tags.c.value == tag, tags.c.number == number))
    record(connection, entry)


def set_flag(connection: Connection, *, number: int, flagged: bool, entry: AuditEntry) -> None:
    """Flag a conversation, or take the flag off."""
    connection.execute(update(conversation_index).where(conversation_index.c.number == number).values(flagged=flagged))
    record(connection, entry)


def assign(connection: Connection, *, number: int, to: str | None, entry: AuditEntry) -> None:
    """Say who looks after a conversation; None is nobody."""
    connection.execute(delete(tags).where(tags.c.kind == "assigned", tags.c.number == number))
    if to is not None:
        note_tags(connection, number, [("assigned", to)])
    record(connection, entry)


def add_note(connection: Connection, *, conversation_id: str, text: str, entry: AuditEntry) -> None:
    """Write a note; its author is the entry's."""
    connection.execute(
        insert(notes),
        {"conversation_id": conversation_id, "author": entry.name, "text": text, "created_at": entry.at},
    )
    record(connection, entry)


def notes_of(connection: Connection, conversation_id: str) -> list[dict[str, Any]]:
    """The notes beside a conversation, oldest first."""
    rows = connection.execute(select(notes).where(notes.c.conversation_id == conversation_id).order_by(notes.c.note_id))
    return [{"author": row.author, "text": row.text, "created_at": iso(row.created_at)} for row in rows]


def take_over(connection: Connection, *, number: int, entry: AuditEntry) -> str:
    """Let the entry's author answer instead of the bot. Returns who answers now: the first who took over."""
    changed = connection.execute(
        update(conversation_index)
        .where(conversation_index.c.number == number, conversation_index.c.taken_by.is_(None))
        .values(taken_by=entry.name)
    )
    if changed.rowcount:
        leave_queue(connection, entry.subject)
        note_tags(connection, number, [TAKEN_OVER])
        record(connection, entry)
        return entry.name
    return connection.scalar(select(conversation_index.c.taken_by).where(conversation_index.c.number == number)) or ""


def hand_back(connection: Connection, *, number: int, entry: AuditEntry) -> None:
    """Let the bot answer again."""
    connection.execute(update(conversation_index).where(conversation_index.c.number == number).values(taken_by=None))
    record(connection, entry)


def say(connection: Connection, *, conversation_id: str, message: Message, entry: AuditEntry) -> Message:
    """Log what an admin says in a conversation; the message with its seq."""
    numbered = insert_message(connection, conversation_id, message)
    note_messages(
        connection,
        conversation_id=conversation_id,
        said=[(numbered.seq, numbered.text)],
        at=message.created_at,
    )
    record(connection, entry)
    return numbered
