"""Replies to requests that carried an `Idempotency-Key`."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Text

from common.tables import UtcDateTime
from promo_engine.storage.tables.base import metadata

reply_records = Table(
    "reply_records",
    metadata,
    Column("idempotency_key", String(128), primary_key=True),
    # SHA-256 of method, path, precondition, actor and body.
    Column("request_hash", String(64), nullable=False),
    # JSON: the reply's text and headers. NULL only inside the transaction that is making it.
    Column("reply", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "created_at"),
)
