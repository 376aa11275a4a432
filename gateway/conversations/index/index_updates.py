"""Keeps each conversation's index row, its tags and the search index in step with its messages.

Called by `write.message_writes` inside the write that changes the conversation, so the console never shows another
state than the chat. `catch_up` makes what is missing from the messages, for a log that is older than the console.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Float,
    Integer,
    Row,
    Text,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from common.tables import UtcDateTime
from common.upsert import inserts
from gateway.conversations.read.conversation_counts import note_turn_times
from gateway.conversations.schema.admin_tables import conversation_index, tags
from gateway.conversations.schema.message_tables import conversations, messages
from gateway.conversations.search.full_text import index_messages

CHANNEL = "web"
"""The only channel so far."""
PREVIEW_LENGTH = 160
"""Characters of the preview in the list."""
FALLBACK_INTENT = "nlu_fallback"
HAND_OVER_ACTION = "action_hand_over"
LEAVE_QUEUE_ACTION = "utter_leave_queue"
CATCH_UP_BATCH = 500
"""Conversations that one transaction catches up with."""
NOTHING_READ = 2.0
"""Stands for the confidence of a turn in which the bot read nothing; real ones end at 1."""

_said = bindparam("said", type_=Text)
_read_as = bindparam("read_as", type_=Float)
_by_conversation = conversation_index.c.conversation_id == bindparam("of_conversation")
_grow = (
    update(conversation_index)
    .where(_by_conversation)
    .values(
        message_count=conversation_index.c.message_count + bindparam("more", type_=Integer),
        last_message_at=case(
            (bindparam("more", type_=Integer) > 0, bindparam("at", type_=UtcDateTime)),
            else_=conversation_index.c.last_message_at,
        ),
        preview=case((_said == "", conversation_index.c.preview), else_=_said),
    )
    .returning(conversation_index.c.number)
)
_judge = (
    update(conversation_index)
    .where(_by_conversation)
    .values(
        confidence=case(
            (_read_as == NOTHING_READ, conversation_index.c.confidence),
            (or_(conversation_index.c.confidence.is_(None), conversation_index.c.confidence > _read_as), _read_as),
            else_=conversation_index.c.confidence,
        ),
        fallback_count=conversation_index.c.fallback_count + bindparam("fallbacks", type_=Integer),
        handed_over=or_(conversation_index.c.handed_over, bindparam("handing_over", type_=Boolean)),
    )
)
_insert_tag = {name: statement.on_conflict_do_nothing() for name, statement in inserts(tags).items()}


@dataclass
class Findings:
    """What one or more turns say about their conversation."""

    confidence: float | None = None
    fallbacks: int = 0
    handed_over: bool = False
    tags: set[tuple[str, str]] = field(default_factory=set)

    def read_turn(self, *, parse: Mapping[str, Any] | None, actions: Sequence[str] | None, pressed: bool) -> None:
        """Take in what the bot understood and did. A pressed button has no confidence: its intent was given."""
        intent = (parse or {}).get("intent") or {}
        name = intent.get("name")
        if name:
            self.tags.add(("intent", str(name)))
            if not pressed:
                confidence = float(intent.get("confidence") or 0.0)
                self.confidence = confidence if self.confidence is None else min(self.confidence, confidence)
        self.fallbacks += name == FALLBACK_INTENT
        sentiment = ((parse or {}).get("sentiment") or {}).get("name")
        if sentiment:
            self.tags.add(("sentiment", str(sentiment)))
        self.handed_over = self.handed_over or HAND_OVER_ACTION in (actions or ())

    def read_message(
        self, *, offer: Mapping[str, Any] | None, outcome: Mapping[str, Any] | None, exposed: bool = False
    ) -> None:
        """Take in what the bot showed."""
        if offer and offer.get("offer_id"):
            self.tags |= {("offer", str(offer["offer_id"])), ("outcome", "proposed")}
            if exposed:
                self.tags.add(("outcome", "exposed"))
        if outcome and outcome.get("outcome"):
            self.tags.add(("outcome", str(outcome["outcome"])))


def open_index_row(
    connection: Connection, *, conversation_id: str, customer_id: str | None, started_at: datetime
) -> None:
    """Begin the index row of a new conversation."""
    row = _empty_row(conversation_id=conversation_id, customer_id=customer_id, started_at=started_at)
    connection.execute(insert(conversation_index), row)


def _empty_row(*, conversation_id: str, customer_id: str | None, started_at: datetime) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "customer_id": customer_id,
        "channel": CHANNEL,
        "started_at": started_at,
        "message_count": 0,
        "preview": "",
        "fallback_count": 0,
        "handed_over": False,
        "flagged": False,
    }


def note_messages(
    connection: Connection, *, conversation_id: str, said: Sequence[tuple[int, str]], at: datetime, preview: str = ""
) -> int | None:
    """Count new messages (seq, text) and make them findable; the conversation's number, None if it has no index row."""
    number: int | None = connection.scalar(
        _grow,
        {"of_conversation": conversation_id, "more": len(said), "at": at, "said": preview[:PREVIEW_LENGTH]},
    )
    if number is not None:
        index_messages(connection, ((number, seq, text) for seq, text in said))
    return number


def note_findings(connection: Connection, *, conversation_id: str, number: int, findings: Findings) -> None:
    """Add what a turn brought."""
    connection.execute(
        _judge,
        {
            "of_conversation": conversation_id,
            "read_as": NOTHING_READ if findings.confidence is None else findings.confidence,
            "fallbacks": findings.fallbacks,
            "handing_over": findings.handed_over,
        },
    )
    note_tags(connection, number, findings.tags)


def note_tags(connection: Connection, number: int, found: Iterable[tuple[str, str]]) -> None:
    """Add tags (kind, value) that the conversation may have already."""
    rows = [{"kind": kind, "value": value[:128], "number": number} for kind, value in sorted(found)]
    if rows:
        connection.execute(_insert_tag[connection.dialect.name], rows)


def catch_up(connection: Connection) -> int:
    """Make the index rows of the oldest conversations that have none; returns how many were made.

    All of a batch is written with a few statements: one by one, a log of a million messages takes seven minutes.
    """
    missing = connection.execute(
        select(conversations.c.conversation_id, conversations.c.customer_id, conversations.c.started_at)
        .outerjoin(conversation_index, conversation_index.c.conversation_id == conversations.c.conversation_id)
        .where(conversation_index.c.number.is_(None))
        .order_by(conversations.c.started_at, conversations.c.conversation_id)
        .limit(CATCH_UP_BATCH)
    ).all()
    if not missing:
        return 0
    said: dict[str, list[Row[Any]]] = {row.conversation_id: [] for row in missing}
    columns = (
        "conversation_id", "seq", "sender", "text", "payload", "created_at", "parse", "actions", "offer", "outcome",
        "exposed_at", "turn_ms",
    )  # fmt: skip
    for message in connection.execute(
        select(*(messages.c[name] for name in columns))
        .where(messages.c.conversation_id.in_(said))
        .order_by(messages.c.conversation_id, messages.c.seq)
    ):
        said[message.conversation_id].append(message)
    found = [_findings(said[row.conversation_id]) for row in missing]
    rows = [_full_row(row, said[row.conversation_id], findings) for row, findings in zip(missing, found, strict=True)]
    numbers = _insert_in_order(connection, rows)
    tag_rows = [
        {"kind": kind, "value": value[:128], "number": number}
        for number, findings in zip(numbers, found, strict=True)
        for kind, value in sorted(findings.tags)
    ]
    if tag_rows:
        connection.execute(_insert_tag[connection.dialect.name], tag_rows)
    index_messages(
        connection,
        (
            (number, message.seq, message.text)
            for number, row in zip(numbers, missing, strict=True)
            for message in said[row.conversation_id]
        ),
    )
    note_turn_times(
        connection,
        [
            (message.created_at, message.turn_ms)
            for its in said.values()
            for message in its
            if message.turn_ms is not None
        ],
    )
    return len(missing)


def _insert_in_order(connection: Connection, rows: list[dict[str, Any]]) -> list[int]:
    """Insert index rows and return their numbers. On SQLite they are chosen here, which saves a query per row."""
    if connection.dialect.name == "sqlite":
        first = (connection.scalar(select(func.max(conversation_index.c.number))) or 0) + 1
        numbers = list(range(first, first + len(rows)))
        connection.execute(
            insert(conversation_index), [row | {"number": number} for row, number in zip(rows, numbers, strict=True)]
        )
        return numbers
    return list(
        connection.scalars(
            insert(conversation_index).returning(conversation_index.c.number, sort_by_parameter_order=True), rows
        )
    )


def _findings(said: Sequence[Row[Any]]) -> Findings:
    findings = Findings()
    for message in said:
        findings.read_turn(parse=message.parse, actions=message.actions, pressed=message.payload is not None)
        findings.read_message(offer=message.offer, outcome=message.outcome, exposed=message.exposed_at is not None)
    return findings


def _full_row(row: Row[Any], said: Sequence[Row[Any]], findings: Findings) -> dict[str, Any]:
    latest = next((message.text for message in reversed(said) if message.sender == "shopper"), "")
    return _empty_row(**row._mapping) | {
        "message_count": len(said),
        "last_message_at": said[-1].created_at if said else None,
        "preview": latest[:PREVIEW_LENGTH],
        "confidence": findings.confidence,
        "fallback_count": findings.fallbacks,
        "handed_over": findings.handed_over,
    }
