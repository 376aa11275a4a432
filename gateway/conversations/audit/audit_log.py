"""What admins write beside a conversation, and who did what: tags, flags, notes, taking over, the audit log.

Each function writes its change and the entry about it together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from common.clock import iso
from gateway.conversations.index.conversation_index import note_facets, note_messages
from gateway.conversations.read.conversation_counts import TAKEN_OVER
from gateway.conversations.records import Message
from gateway.conversations.schema.admin_tables import audit_entries, digests, facets, notes
from gateway.conversations.write.handover_rows import leave_line
from gateway.conversations.write.message_writes import insert_message


@dataclass(frozen=True)
class Deed:
    """Who does what to what, for the audit log."""

    name: str
    action: str
    subject: str
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


def record(connection: Connection, deed: Deed) -> None:
    """Write an entry into the audit log."""
    connection.execute(
        insert(audit_entries),
        {
            "name": deed.name,
            "action": deed.action,
            "subject": deed.subject[:128],
            "at": deed.at,
            "details": dict(deed.details),
        },
    )


def add_tag(connection: Connection, *, number: int, tag: str, deed: Deed) -> None:
    """Tag a conversation; twice is once."""
    note_facets(connection, number, [("tag", tag)])
    record(connection, deed)


def remove_tag(connection: Connection, *, number: int, tag: str, deed: Deed) -> None:
    """Take a tag off."""
    connection.execute(delete(facets).where(facets.c.kind == "tag", facets.c.value == tag, facets.c.number == number))
    record(connection, deed)


def set_flag(connection: Connection, *, number: int, flagged: bool, deed: Deed) -> None:
    """Flag a conversation, or take the flag off."""
    connection.execute(update(digests).where(digests.c.number == number).values(flagged=flagged))
    record(connection, deed)


def assign(connection: Connection, *, number: int, to: str | None, deed: Deed) -> None:
    """Say who looks after a conversation; None is nobody."""
    connection.execute(delete(facets).where(facets.c.kind == "assigned", facets.c.number == number))
    if to is not None:
        note_facets(connection, number, [("assigned", to)])
    record(connection, deed)


def add_note(connection: Connection, *, conversation_id: str, text: str, deed: Deed) -> None:
    """Write a note; the deed's name is its author."""
    connection.execute(
        insert(notes),
        {"conversation_id": conversation_id, "author": deed.name, "text": text, "created_at": deed.at},
    )
    record(connection, deed)


def notes_of(connection: Connection, conversation_id: str) -> list[dict[str, Any]]:
    """The notes beside a conversation, oldest first."""
    rows = connection.execute(select(notes).where(notes.c.conversation_id == conversation_id).order_by(notes.c.note_id))
    return [{"author": row.author, "text": row.text, "created_at": iso(row.created_at)} for row in rows]


def take_over(connection: Connection, *, number: int, deed: Deed) -> str:
    """Let the deed's name answer instead of the bot. Returns who answers now: whoever was first."""
    changed = connection.execute(
        update(digests).where(digests.c.number == number, digests.c.taken_by.is_(None)).values(taken_by=deed.name)
    )
    if changed.rowcount:
        leave_line(connection, deed.subject)
        note_facets(connection, number, [TAKEN_OVER])
        record(connection, deed)
        return deed.name
    return connection.scalar(select(digests.c.taken_by).where(digests.c.number == number)) or ""


def hand_back(connection: Connection, *, number: int, deed: Deed) -> None:
    """Let the bot answer again."""
    connection.execute(update(digests).where(digests.c.number == number).values(taken_by=None))
    record(connection, deed)


def say(connection: Connection, *, conversation_id: str, message: Message, deed: Deed) -> Message:
    """Log what an admin says in a conversation; the message with its seq."""
    numbered = insert_message(connection, conversation_id, message)
    note_messages(
        connection,
        conversation_id=conversation_id,
        said=[(numbered.seq, numbered.text)],
        at=message.created_at,
    )
    record(connection, deed)
    return numbered


def audit(connection: Connection, *, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Entries, the newest first, those with a smaller id than `before`."""
    query = select(audit_entries).order_by(audit_entries.c.audit_id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit_entries.c.audit_id < before)
    return [dict(row._mapping) | {"at": iso(row.at)} for row in connection.execute(query)]
