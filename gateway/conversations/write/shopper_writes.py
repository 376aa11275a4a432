"""Writes of what shoppers do: open a conversation, send a text, press a button. See `message_writes`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from common.upsert import inserts
from gateway.conversations.index.index_updates import (
    note_messages,
    open_index_row,
)
from gateway.conversations.records import (
    ButtonRefusal,
    Conversation,
    Receipt,
    ShopperMessage,
)
from gateway.conversations.schema.message_tables import button_tokens, conversations, messages

_earlier = messages.alias("earlier")
_next_seq = (
    select(func.coalesce(func.max(_earlier.c.seq), 0) + 1)
    .where(_earlier.c.conversation_id == bindparam("of_conversation"))
    .scalar_subquery()
)
# The same client_message_id again inserts nothing and returns no row.
_receive = {
    name: statement.values(seq=_next_seq, sender="shopper", state="received")
    .on_conflict_do_nothing(index_elements=["conversation_id", "client_message_id"])
    .returning(messages.c.seq)
    for name, statement in inserts(messages).items()
}
_received_before = select(messages).where(
    messages.c.conversation_id == bindparam("of_conversation"),
    messages.c.client_message_id == bindparam("of_client_message"),
)
_use_button = (
    update(button_tokens)
    .where(
        button_tokens.c.token == bindparam("of_token"),
        button_tokens.c.conversation_id == bindparam("of_conversation"),
        button_tokens.c.used_at.is_(None),
    )
    .returning(button_tokens.c.title, button_tokens.c.payload)
)


def add_conversation(connection: Connection, conversation: Conversation) -> None:
    """Open a conversation."""
    connection.execute(
        insert(conversations),
        {
            "conversation_id": conversation.conversation_id,
            "subject": conversation.subject,
            "customer_id": conversation.customer_id,
            "started_at": conversation.started_at,
            "turn_count": conversation.turn_count,
            "carried_slots": dict(conversation.carried_slots),
        },
    )
    open_index_row(
        connection,
        conversation_id=conversation.conversation_id,
        customer_id=conversation.customer_id,
        started_at=conversation.started_at,
    )


def receive_text(connection: Connection, message: ShopperMessage) -> Receipt:
    """Log a shopper's message, once per client_message_id."""
    return _receive_message(connection, message, payload=message.unmasked)


def receive_press(connection: Connection, message: ShopperMessage, *, token: str) -> Receipt | ButtonRefusal:
    """Log the press of a button, whose title becomes the message's text, and use the button up.

    `message.text` is ignored. A press that was logged before is repeated, not refused.
    """
    before = _find_receipt(connection, message)
    if before is not None:
        return before
    button = connection.execute(
        _use_button,
        {"of_token": token, "of_conversation": message.conversation_id, "used_at": message.created_at},
    ).one_or_none()
    if button is None:
        known = connection.scalar(
            select(button_tokens.c.token).where(
                button_tokens.c.token == token, button_tokens.c.conversation_id == message.conversation_id
            )
        )
        return ButtonRefusal.UNKNOWN if known is None else ButtonRefusal.USED
    pressed = ShopperMessage(
        message_id=message.message_id,
        conversation_id=message.conversation_id,
        client_message_id=message.client_message_id,
        text=button.title,
        created_at=message.created_at,
    )
    return _receive_message(connection, pressed, payload=button.payload)


def _receive_message(connection: Connection, message: ShopperMessage, *, payload: str | None) -> Receipt:
    seq = connection.scalar(
        _receive[connection.dialect.name],
        {
            "of_conversation": message.conversation_id,
            "message_id": message.message_id,
            "conversation_id": message.conversation_id,
            "text": message.text,
            "payload": payload,
            "client_message_id": message.client_message_id,
            "created_at": message.created_at,
        },
    )
    if seq is None:
        before = _find_receipt(connection, message)
        if before is None:
            raise LookupError(f"message {message.client_message_id} is neither new nor in the log")
        return before
    note_messages(
        connection,
        conversation_id=message.conversation_id,
        said=[(seq, message.text)],
        at=message.created_at,
        preview=message.text,
    )
    return Receipt(
        message_id=message.message_id,
        seq=seq,
        text=message.text,
        payload=payload,
        created_at=message.created_at,
        repeated=False,
    )


def _find_receipt(connection: Connection, message: ShopperMessage) -> Receipt | None:
    row: Row[Any] | None = connection.execute(
        _received_before,
        {"of_conversation": message.conversation_id, "of_client_message": message.client_message_id},
    ).one_or_none()
    if row is None:
        return None
    return Receipt(
        message_id=row.message_id,
        seq=row.seq,
        text=row.text,
        payload=row.payload,
        created_at=row.created_at,
        # The same message_id: this very write, tried again after a commit whose answer was lost.
        repeated=row.message_id != message.message_id,
    )
