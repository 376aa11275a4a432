"""Learning from conversations: groups of unanswered messages with what they may mean, and trainings of the bot."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from common.tables import UtcDateTime
from gateway.conversations.schema.message_tables import metadata, optional_json

suggestions = Table(
    "suggestions",
    metadata,
    Column("suggestion_id", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    # An intent, or help/ARTICLE; NULL: nothing was near enough.
    Column("proposed", String(128)),
    # The group's mean confidence in it, 0 to 1.
    Column("share", Float, nullable=False),
    # Of the group's shoppers, those who tapped it when the bot asked what they meant.
    Column("taps", Integer, nullable=False),
    # What a person chose; NULL until then.
    Column("chosen", String(128)),
    Column("decided_by", String(64)),
    Column("decided_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("state IN ('open', 'accepted', 'dismissed')", name="state_known"),
    Index(None, "state", "suggestion_id"),
)

suggestion_messages = Table(
    "suggestion_messages",
    metadata,
    # A message lies in one group at most.
    Column("message_id", ForeignKey("messages.message_id"), primary_key=True),
    Column("suggestion_id", ForeignKey("suggestions.suggestion_id"), nullable=False),
    Column("conversation_id", ForeignKey("conversations.conversation_id"), nullable=False),
    # Without its numbers and e-mail addresses.
    Column("text", Text, nullable=False),
    # Its index within the group, the most central text first.
    Column("position", Integer, nullable=False),
    Index(None, "suggestion_id", "position"),
    Index(None, "conversation_id"),
)

trainings = Table(
    "trainings",
    metadata,
    Column("training_id", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("started_by", String(64), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    # Of the examples that it learns, to know whether there are others since.
    Column("examples_hash", String(64), nullable=False),
    Column("example_count", Integer, nullable=False),
    # [{"name", "before", "after", "of"}]: right answers of the model that serves and of the new one.
    optional_json("checks"),
    # Why it was not rolled out; empty if it was.
    Column("message", Text, nullable=False),
    # Archives of the bot's model.
    Column("model", Text),
    Column("previous_model", Text),
    CheckConstraint("state IN ('running', 'live', 'refused', 'failed', 'undone')", name="state_known"),
)
