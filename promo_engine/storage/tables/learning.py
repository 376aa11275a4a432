"""Customers' states in the user model, and the policy's versions."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table

from promo_engine.storage.tables.base import UtcDateTime, metadata

customer_states = Table(
    "customer_states",
    metadata,
    Column("customer_id", ForeignKey("customers.customer_id"), primary_key=True),
    Column("model_version", String(64), primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("last_event_at", UtcDateTime, nullable=False),
)

policy_snapshots = Table(
    "policy_snapshots",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    # A snapshot only fits the user model whose outlooks its features were made from.
    Column("model_version", String(64), nullable=False),
    Column("snapshot", LargeBinary, nullable=False),
    Column("reward_count", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
