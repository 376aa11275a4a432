"""Writes to the log. Each function is one write; `write.group_commit` puts them into transactions.

They take a synchronous connection; `conversations.database` says why. Running a write again must give the same
result, since a transaction that failed is split and tried again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from gateway.conversations.index.index_updates import (
    LEAVE_QUEUE_ACTION,
    Findings,
    note_findings,
    note_messages,
    note_tags,
)
from gateway.conversations.read.conversation_counts import note_turn_times
from gateway.conversations.records import (
    Answer,
    Exposure,
    Message,
)
from gateway.conversations.schema.admin_tables import conversation_index
from gateway.conversations.schema.message_tables import button_tokens, conversations, messages
from gateway.conversations.write.handover_rows import join_queue, leave_queue

_last_seq = select(func.coalesce(func.max(messages.c.seq), 0)).where(
    messages.c.conversation_id == bindparam("of_conversation")
)
_close_turn = update(messages).where(messages.c.message_id == bindparam("of_message"))
_move_conversation = update(conversations).where(conversations.c.conversation_id == bindparam("of_conversation"))
_expose = (
    update(messages)
    .where(
        messages.c.message_id == bindparam("of_message"),
        messages.c.conversation_id == bindparam("of_conversation"),
        messages.c.offer.is_not(None),
        messages.c.exposed_at.is_(None),
    )
    .returning(messages.c.decision_id)
)


def record_answer(connection: Connection, answer: Answer) -> list[Message]:
    """Log one turn: the bot's messages and buttons, the state of the shopper's message and of the conversation.

    Returns the bot's messages with their seq.
    """
    conversation = answer.conversation
    last_seq = connection.scalar(_last_seq, {"of_conversation": conversation.conversation_id}) or 0
    numbered = [replace(message, seq=last_seq + position) for position, message in enumerate(answer.messages, 1)]
    if numbered:
        connection.execute(
            insert(messages), [_shown_row(conversation.conversation_id, message) for message in numbered]
        )
    buttons = [(message, button) for message in numbered for button in message.buttons]
    if buttons:
        connection.execute(
            insert(button_tokens),
            [
                {
                    "token": button.token,
                    "conversation_id": conversation.conversation_id,
                    "message_id": message.message_id,
                    "title": button.title,
                    "payload": button.payload,
                }
                for message, button in buttons
            ],
        )
    connection.execute(
        _close_turn,
        {
            "of_message": answer.message_id,
            "state": answer.state,
            "parse": answer.parse,
            "actions": None if answer.actions is None else list(answer.actions),
            "decision_id": answer.decision_id,
            "turn_ms": answer.turn_ms,
        }
        | ({"payload": None} if answer.masked else {}),
    )
    connection.execute(
        _move_conversation,
        {
            "of_conversation": conversation.conversation_id,
            "turn_count": conversation.turn_count,
            "carried_slots": dict(conversation.carried_slots),
        },
    )
    _index_turn(connection, answer, numbered)
    note_turn_times(connection, [(answer.ended_at, answer.turn_ms)])
    return numbered


def _index_turn(connection: Connection, answer: Answer, numbered: Sequence[Message]) -> None:
    conversation_id = answer.conversation.conversation_id
    findings = Findings()
    findings.read_turn(parse=answer.parse, actions=answer.actions, pressed=answer.pressed)
    for message in numbered:
        findings.read_message(offer=message.offer, outcome=message.outcome)
    number = note_messages(
        connection,
        conversation_id=conversation_id,
        said=[(message.seq, message.text) for message in numbered],
        at=numbered[-1].created_at if numbered else answer.ended_at,
    )
    if number is not None:
        note_findings(connection, conversation_id=conversation_id, number=number, findings=findings)
    if findings.handed_over:
        join_queue(connection, conversation_id=conversation_id, since=answer.ended_at)
    elif LEAVE_QUEUE_ACTION in (answer.actions or ()):
        leave_queue(connection, conversation_id)


def insert_message(connection: Connection, conversation_id: str, message: Message) -> Message:
    """Log a message that belongs to no turn; returns it with its seq."""
    last_seq = connection.scalar(_last_seq, {"of_conversation": conversation_id}) or 0
    numbered = replace(message, seq=last_seq + 1)
    connection.execute(insert(messages), [_shown_row(conversation_id, numbered)])
    return numbered


def _shown_row(conversation_id: str, message: Message) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "conversation_id": conversation_id,
        "seq": message.seq,
        "sender": message.sender,
        "text": message.text,
        "created_at": message.created_at,
        "decision_id": message.decision_id,
        "outcome": message.outcome,
        "offer": message.offer,
        "also_bought": message.also_bought,
        "shipments": message.shipments,
        "proof_form": message.proof_form,
        # Title and token only: what the widget is shown. Whether one is used stands in button_tokens.
        "buttons": [{"title": button.title, "button_token": button.token} for button in message.buttons] or None,
    }


def record_exposure(
    connection: Connection, *, conversation_id: str, message_id: str, exposed_at: datetime
) -> Exposure | None:
    """Record that an offer was shown; the first time counts. None if that is known or there is no such offer."""
    decision_id = connection.scalar(
        _expose, {"of_message": message_id, "of_conversation": conversation_id, "exposed_at": exposed_at}
    )
    if decision_id is None:
        return None
    number = connection.scalar(
        select(conversation_index.c.number).where(conversation_index.c.conversation_id == conversation_id)
    )
    if number is not None:
        note_tags(connection, number, [("outcome", "exposed")])
    return Exposure(message_id=message_id, conversation_id=conversation_id, decision_id=decision_id)


def mark_exposure_reported(connection: Connection, *, message_id: str, reported_at: datetime) -> None:
    """Record that the engine knows of an exposure."""
    connection.execute(_close_turn, {"of_message": message_id, "exposure_reported_at": reported_at})
