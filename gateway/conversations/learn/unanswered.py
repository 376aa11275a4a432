"""Messages that the bot did not understand: it asked for other words or what was meant, or called a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.conversations.index.index_updates import FALLBACK_INTENT, HAND_OVER_ACTION
from gateway.conversations.schema.admin_tables import conversation_index, corrections, tags
from gateway.conversations.schema.learning_tables import suggestion_messages, suggestions
from gateway.conversations.schema.message_tables import messages

NOT_UNDERSTOOD = (FALLBACK_INTENT, "out_of_scope")
ASKED_MEANING = "action_ask_meaning"
GAVE_UP = frozenset(
    {ASKED_MEANING, "utter_ask_rephrase", "utter_out_of_scope", "utter_suggest_person", HAND_OVER_ACTION}
)
"""Steps by which the bot says that it did not understand, or leaves the message to a person."""
SOMETHING_ELSE = "deny"
"""What the button below all readings stands for."""


@dataclass(frozen=True)
class Unanswered:
    """A message that was not answered, and what is known of its meaning."""

    message_id: str
    conversation_id: str
    text: str
    ranking: tuple[tuple[str, float], ...]
    """The bot's guesses with their confidence, the best first, without the fallback."""
    tapped: str | None = None
    """The intent of the reading that the shopper chose next."""
    dismissed_in: int | None = None
    """The dismissed suggestion in which it lies."""


def unanswered(connection: Connection, *, since: datetime, conversations: int, most: int) -> list[Unanswered]:
    """The newest `most` of them, from at most so many conversations: those that nobody has judged, and those of
    dismissed suggestions, so that what is like them is known again."""
    numbers = select(tags.c.number).where(tags.c.kind == "intent", tags.c.value.in_(NOT_UNDERSTOOD))
    newest = (
        select(conversation_index.c.conversation_id)
        .where(conversation_index.c.last_message_at >= since)
        .where(conversation_index.c.number.in_(numbers.scalar_subquery()))
        .order_by(conversation_index.c.number.desc())
        .limit(conversations)
    )
    rows = connection.execute(
        select(
            messages.c.message_id, messages.c.conversation_id, messages.c.text, messages.c.payload,
            messages.c.created_at, messages.c.parse, messages.c.actions,
            corrections.c.correction_id, suggestions.c.state, suggestions.c.suggestion_id,
        )
        .outerjoin(corrections, corrections.c.message_id == messages.c.message_id)
        .outerjoin(suggestion_messages, suggestion_messages.c.message_id == messages.c.message_id)
        .outerjoin(suggestions, suggestions.c.suggestion_id == suggestion_messages.c.suggestion_id)
        .where(messages.c.conversation_id.in_(newest.scalar_subquery()), messages.c.sender == "shopper")
        .order_by(messages.c.conversation_id, messages.c.seq)
    ).all()  # fmt: skip
    found = [
        (row.created_at, message)
        for row, following in _with_next(rows)
        if row.correction_id is None and row.state in (None, "open", "dismissed") and row.created_at >= since
        if (message := _unanswered(row, following)) is not None
    ]
    return [message for _, message in sorted(found, key=lambda pair: pair[0], reverse=True)[:most]]


def _with_next(rows: Iterable[Row[Any]]) -> Iterator[tuple[Row[Any], Row[Any] | None]]:
    listed = list(rows)
    for index, row in enumerate(listed):
        following = listed[index + 1] if index + 1 < len(listed) else None
        if following is not None and following.conversation_id != row.conversation_id:
            following = None
        yield row, following


def _unanswered(row: Row[Any], following: Row[Any] | None) -> Unanswered | None:
    if row.payload is not None or not row.parse or not row.text.strip():
        return None
    actions = set(row.actions or ())
    name = (row.parse.get("intent") or {}).get("name")
    if name not in NOT_UNDERSTOOD or GAVE_UP.isdisjoint(actions):
        return None
    return Unanswered(
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        text=row.text,
        ranking=_ranking(row.parse),
        tapped=_tapped(following) if ASKED_MEANING in actions else None,
        dismissed_in=row.suggestion_id if row.state == "dismissed" else None,
    )


def _ranking(parse: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    return tuple(
        (str(guess["name"]), float(guess.get("confidence") or 0.0))
        for guess in parse.get("intent_ranking") or ()
        if guess.get("name") and guess["name"] not in NOT_UNDERSTOOD
    )


def _tapped(following: Row[Any] | None) -> str | None:
    if following is None or not str(following.payload or "").startswith("/"):
        return None
    intent = str(following.payload)[1:].partition("{")[0]
    return None if intent == SOMETHING_ELSE else intent
