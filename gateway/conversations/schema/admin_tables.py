"""What the console needs beside the messages: an index row of every conversation, its tags, notes, and the admins.

`message_search` is not declared here: it is FTS5 on SQLite and a column of words on PostgreSQL, which SQLAlchemy's
tables cannot say. `search.full_text` and the migration know it.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from common.tables import UtcDateTime
from gateway.conversations.schema.message_tables import metadata

# One narrow row a conversation, so that a page of any filter reads little. Written with the messages themselves.
conversation_index = Table(
    "digests",
    metadata,
    # Ascends with the start of the conversations: the order of the list and the cursor of its pages.
    Column("number", Integer, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.conversation_id"), nullable=False, unique=True),
    Column("customer_id", String(64)),
    Column("channel", String(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("last_message_at", UtcDateTime),
    Column("message_count", Integer, nullable=False),
    # The beginning of what the shopper said last.
    Column("preview", Text, nullable=False),
    # The lowest confidence of an intent in it; NULL if the bot has read nothing yet.
    Column("confidence", Float),
    Column("fallback_count", Integer, nullable=False),
    Column("handed_over", Boolean, nullable=False),
    Column("flagged", Boolean, nullable=False),
    # The admin who answers instead of the bot; NULL while the bot does.
    Column("taken_by", String(64)),
    Index(None, "last_message_at"),
    Index(None, "started_at"),
    Index(None, "customer_id", "number"),
)

# Everything of which a conversation may have several, or which few have: intents, sentiments, offers, outcomes, tags,
# policy versions, a rating, who looks after it.
tags = Table(
    "facets",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("value", String(128), primary_key=True),
    Column("number", ForeignKey("digests.number"), primary_key=True),
    Index(None, "number"),
    sqlite_with_rowid=False,
)

notes = Table(
    "notes",
    metadata,
    Column("note_id", Integer, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.conversation_id"), nullable=False),
    Column("author", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "conversation_id", "note_id"),
)

admins = Table(
    "admins",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    # Argon2's own text, its parameters and salt included.
    Column("password_hash", String(256), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    CheckConstraint("role IN ('viewer', 'agent', 'marketer', 'admin')", name="role_known"),
)

admin_sessions = Table(
    "admin_sessions",
    metadata,
    # SHA-256 of the cookie: who reads the table cannot sign in with it.
    Column("token_hash", String(64), primary_key=True),
    Column("name", ForeignKey("admins.name"), nullable=False),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index(None, "name"),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("audit_id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("name", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    # What it was done to: a conversation, an offer, an admin.
    Column("subject", String(128), nullable=False),
    Column("details", JSON, nullable=False),
)

# How long the bot took for its answers, so that no page has to read the messages: a count by day (UTC) and bucket, of
# `read.conversation_counts.bucket_of`.
turn_times = Table(
    "turn_times",
    metadata,
    Column("day", Date, primary_key=True),
    Column("bucket", Integer, primary_key=True),
    Column("turns", Integer, nullable=False),
)

# What a text really means: a message that the bot read wrongly, or, without a message, a new training example.
corrections = Table(
    "corrections",
    metadata,
    Column("correction_id", Integer, primary_key=True),
    Column("message_id", ForeignKey("messages.message_id"), unique=True),
    Column("conversation_id", ForeignKey("conversations.conversation_id")),
    Column("text", Text, nullable=False),
    # NULL: the bot has read nothing.
    Column("guessed_intent", String(128)),
    Column("intent", String(128), nullable=False),
    # [{"start", "end", "entity", "value"}], positions in `text`; "value" only where it is not what stands there.
    Column("entities", JSON, nullable=False),
    Column("author", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "intent", "correction_id"),
    Index(None, "conversation_id"),
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("view_id", Integer, primary_key=True),
    Column("owner", ForeignKey("admins.name"), nullable=False),
    Column("name", String(64), nullable=False),
    # Filters, as they stand in the page's address.
    Column("query", Text, nullable=False),
    UniqueConstraint("owner", "name"),
)

# Up to where the engine's notes have been taken in.
cursors = Table(
    "cursors",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", String(64), nullable=False),
)
