"""Reads of messages: for the widget, for a transcript, and for the start of the gateway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from common.clock import iso
from gateway.conversations.records import Button, Conversation, Exposure, Message, Unanswered
from gateway.conversations.schema.admin_tables import conversation_index
from gateway.conversations.schema.message_tables import button_tokens, conversations, messages

_conversations = select(conversations, conversation_index.c.taken_by).join(
    conversation_index, conversation_index.c.conversation_id == conversations.c.conversation_id
)


def find_conversation(connection: Connection, conversation_id: str) -> Conversation | None:
    """The conversation as the latest turn left it."""
    row = connection.execute(_conversations.where(conversations.c.conversation_id == conversation_id)).one_or_none()
    return None if row is None else _conversation(row)


def history(
    connection: Connection, *, conversation_id: str, after_seq: int = 0, before_seq: int | None = None, limit: int
) -> list[Message]:
    """The newest `limit` messages between the two, oldest first. Costs the same however long the conversation is."""
    query = select(messages).where(messages.c.conversation_id == conversation_id, messages.c.seq > after_seq)
    if before_seq is not None:
        query = query.where(messages.c.seq < before_seq)
    rows = connection.execute(query.order_by(messages.c.seq.desc()).limit(limit)).all()
    unused = _unused_tokens(connection, [row.message_id for row in rows if row.buttons])
    return [
        Message(
            message_id=row.message_id,
            seq=row.seq,
            sender=row.sender,
            text=row.text,
            created_at=row.created_at,
            buttons=[
                Button(
                    token=button["button_token"],
                    title=button["title"],
                    payload="",
                    active=button["button_token"] in unused,
                )
                for button in row.buttons or ()
            ],
            offer=row.offer,
            outcome=row.outcome,
            also_bought=row.also_bought,
            shipments=row.shipments,
            proof_form=row.proof_form,
            decision_id=row.decision_id,
            message_rating=row.message_rating,
        )
        for row in reversed(rows)
    ]


def _unused_tokens(connection: Connection, message_ids: Sequence[str]) -> set[str]:
    if not message_ids:
        return set()
    return set(
        connection.scalars(
            select(button_tokens.c.token).where(
                button_tokens.c.message_id.in_(message_ids), button_tokens.c.used_at.is_(None)
            )
        )
    )


def unanswered(connection: Connection) -> list[Unanswered]:
    """Messages that were acknowledged and have no answer yet, in the order of each conversation."""
    rows = connection.execute(
        select(
            messages.c.message_id,
            messages.c.client_message_id,
            messages.c.text,
            messages.c.payload,
            messages.c.created_at,
            conversations,
            conversation_index.c.taken_by,
        )
        .join(conversations, conversations.c.conversation_id == messages.c.conversation_id)
        .join(conversation_index, conversation_index.c.conversation_id == conversations.c.conversation_id)
        .where(messages.c.state == "received")
        .order_by(messages.c.conversation_id, messages.c.seq)
    )
    return [
        Unanswered(
            conversation=_conversation(row),
            message_id=row.message_id,
            client_message_id=row.client_message_id,
            text=row.text,
            payload=row.payload,
            sent_at=row.created_at,
        )
        for row in rows
    ]


def unreported_exposures(connection: Connection) -> list[Exposure]:
    """Exposures that the engine does not know of, oldest first."""
    rows = connection.execute(
        select(messages.c.message_id, messages.c.conversation_id, messages.c.decision_id)
        .where(messages.c.exposed_at.is_not(None), messages.c.exposure_reported_at.is_(None))
        .order_by(messages.c.exposed_at)
    )
    return [Exposure(row.message_id, row.conversation_id, row.decision_id) for row in rows]


def conversation_messages(connection: Connection, conversation_id: str) -> list[dict[str, Any]]:
    """Every message of a conversation with what stands behind it; button tokens and payloads stay inside."""
    rows = connection.execute(
        select(messages).where(messages.c.conversation_id == conversation_id).order_by(messages.c.seq)
    )
    return [_behind(row) for row in rows]


def messages_from(
    connection: Connection, conversation_id: str, *, from_seq: int, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    """The messages of a conversation from one on, and whether there are more than `limit` of them."""
    query = select(messages).where(messages.c.conversation_id == conversation_id, messages.c.seq >= from_seq)
    rows = connection.execute(query.order_by(messages.c.seq).limit(limit + 1)).all()
    return [_behind(row) for row in rows[:limit]], len(rows) > limit


def messages_before(
    connection: Connection, conversation_id: str, *, before_seq: int | None, limit: int
) -> list[dict[str, Any]]:
    """The newest `limit` messages before one, oldest first; None: of the whole conversation."""
    query = select(messages).where(messages.c.conversation_id == conversation_id)
    if before_seq is not None:
        query = query.where(messages.c.seq < before_seq)
    rows = connection.execute(query.order_by(messages.c.seq.desc()).limit(limit)).all()
    return [_behind(row) for row in reversed(rows)]


def _behind(row: Row[Any]) -> dict[str, Any]:
    return {
        "message_id": row.message_id,
        "seq": row.seq,
        "from": row.sender,
        "text": row.text,
        "created_at": iso(row.created_at),
        "state": row.state,
        "pressed": row.payload is not None,
        "parse": row.parse,
        "actions": row.actions,
        "decision_id": row.decision_id,
        "outcome": row.outcome,
        "offer": row.offer,
        "shipments": row.shipments,
        "buttons": [button["title"] for button in row.buttons or ()],
        "exposed_at": None if row.exposed_at is None else iso(row.exposed_at),
        "turn_ms": row.turn_ms,
        "thumb": row.message_rating,
    }


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        conversation_id=row.conversation_id,
        subject=row.subject,
        customer_id=row.customer_id,
        started_at=row.started_at,
        turn_count=row.turn_count,
        carried_slots=row.carried_slots,
        taken_by=row.taken_by,
    )
