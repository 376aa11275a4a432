"""Tables for the widget: consents, ratings, the handover queue, proactive triggers."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from common.tables import UtcDateTime
from gateway.conversations.schema.message_tables import metadata

consents = Table(
    "consents",
    metadata,
    Column("conversation_id", ForeignKey("conversations.conversation_id"), primary_key=True),
    # Of the words that the shopper saw when sending.
    Column("version", String(32), primary_key=True),
    Column("locale", String(16), nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
)

ratings = Table(
    "ratings",
    metadata,
    Column("conversation_id", ForeignKey("conversations.conversation_id"), primary_key=True),
    Column("stars", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("rated_at", UtcDateTime, nullable=False),
    CheckConstraint("stars BETWEEN 1 AND 5", name="stars_known"),
)

# Conversations that wait for a person, until somebody takes them over.
waiting = Table(
    "waiting",
    metadata,
    Column("conversation_id", ForeignKey("conversations.conversation_id"), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Index(None, "since"),
)

triggers = Table(
    "triggers",
    metadata,
    Column("trigger_id", String(64), primary_key=True),
    Column("enabled", Boolean, nullable=False),
    # As `web.trigger_rule.TriggerRule` reads it.
    Column("rule", JSON, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", String(64), nullable=False),
)

firings = Table(
    "firings",
    metadata,
    Column("firing_id", Integer, primary_key=True),
    # Whose caps it counts against: see `identity.Shopper.subject`.
    Column("subject", String(256), nullable=False),
    Column("trigger_id", String(64), nullable=False),
    Column("conversation_id", ForeignKey("conversations.conversation_id"), nullable=False),
    Column("fired_at", UtcDateTime, nullable=False),
    Index(None, "subject", "fired_at"),
    Index(None, "conversation_id"),
)
