"""When a conversation goes on under a fresh Rasa sender id.

Rasa loads the whole tracker for every message, so its time grows with the turns of a sender id. A segment ends at a
quiet moment: no form is being filled in and no offer waits for its answer. At twice the length it ends anyway; the
slots are carried over, so that even then an open offer can still be answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.log.records import Conversation

OPEN_OFFER_SLOT = "open_decision_id"


def sender_id(conversation: Conversation) -> str:
    """How the bot knows the conversation now."""
    return f"{conversation.conversation_id}.{conversation.segment}"


def after_turn(
    conversation: Conversation, *, slots: Mapping[str, Any], active_loop: object, segment_limit: int
) -> Conversation:
    """The conversation after one more answered turn, in its next segment if it is time."""
    turns = conversation.segment_turns + 1
    quiet = active_loop is None and slots.get(OPEN_OFFER_SLOT) is None
    moved = replace(
        conversation,
        segment_turns=turns,
        carried_slots={name: value for name, value in slots.items() if value is not None},
    )
    if turns >= 2 * segment_limit or (turns >= segment_limit and quiet):
        return replace(moved, segment=conversation.segment + 1, segment_turns=0)
    return moved
