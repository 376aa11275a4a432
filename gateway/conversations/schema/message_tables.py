"""The log's tables. Times are UTC; identifiers from outside are text.

`migrations/` builds what stands here; a test compares the two.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from common.tables import UtcDateTime, new_metadata


def optional_json(name: str) -> Column[Any]:
    """A JSON column whose Python None is the database's NULL, not the JSON text `null`."""
    return Column(name, JSON(none_as_null=True))


metadata = new_metadata()

conversations = Table(
    "conversations",
    metadata,
    Column("conversation_id", String(64), primary_key=True),
    # Who may read and continue it: see `identity.Shopper.subject`.
    Column("subject", String(256), nullable=False),
    Column("customer_id", String(64)),
    Column("started_at", UtcDateTime, nullable=False),
    # Messages of the shopper that were answered, or given up with an apology.
    Column("turn_count", Integer, nullable=False),
    # The bot's slots after the latest turn; what a bot that forgot the conversation starts from.
    Column("carried_slots", JSON, nullable=False),
    Index(None, "started_at", "conversation_id"),
    Index(None, "subject"),
)

messages = Table(
    "messages",
    metadata,
    Column("message_id", String(64), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.conversation_id"), nullable=False),
    # 1, 2, 3 … without gaps within a conversation: the order everybody sees.
    Column("seq", Integer, nullable=False),
    Column("sender", String(8), nullable=False),
    Column("text", Text, nullable=False),
    # What the bot is sent instead of the text: a pressed button's payload, or the text without its mask, which is
    # forgotten with the answer. Never leaves the server.
    Column("payload", Text),
    Column("client_message_id", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    # Of shoppers' messages only: received until the bot's answer is in the log, then answered or failed.
    Column("state", String(8)),
    optional_json("parse"),
    optional_json("actions"),
    Column("decision_id", String(64)),
    optional_json("outcome"),
    optional_json("offer"),
    Column("companions", JSON(none_as_null=True), key="also_bought"),
    optional_json("shipments"),
    optional_json("proof_form"),
    optional_json("buttons"),
    Column("turn_ms", Integer),
    # What the shopper thought of it: up, down or NULL.
    Column("thumb", String(4), key="message_rating"),
    Column("exposed_at", UtcDateTime),
    # NULL until the engine has heard of the exposure.
    Column("exposure_reported_at", UtcDateTime),
    UniqueConstraint("conversation_id", "seq"),
    UniqueConstraint("conversation_id", "client_message_id"),
    CheckConstraint("sender IN ('shopper', 'bot', 'agent')", name="sender_known"),
    CheckConstraint("state IN ('received', 'answered', 'failed')", name="state_known"),
)

# Small partial indexes: at the start the gateway looks for what the last run left undone.
Index(
    "ix_messages_unanswered",
    messages.c.conversation_id,
    messages.c.seq,
    sqlite_where=text("state = 'received'"),
    postgresql_where=text("state = 'received'"),
)
Index(
    "ix_messages_unreported",
    messages.c.message_id,
    sqlite_where=text("exposed_at IS NOT NULL AND exposure_reported_at IS NULL"),
    postgresql_where=text("exposed_at IS NOT NULL AND exposure_reported_at IS NULL"),
)

button_tokens = Table(
    "button_tokens",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.conversation_id"), nullable=False),
    Column("message_id", ForeignKey("messages.message_id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("used_at", UtcDateTime),
    Index(None, "message_id"),
)
