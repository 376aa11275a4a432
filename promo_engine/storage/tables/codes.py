"""The codes of accepted offers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, String, Table, UniqueConstraint

from promo_engine.storage.tables.base import UtcDateTime, metadata

codes = Table(
    "codes",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("decision_id", ForeignKey("decisions.decision_id"), nullable=False, unique=True),
    Column("offer_id", ForeignKey("offers.offer_id"), nullable=False),
    Column("customer_id", ForeignKey("customers.customer_id")),
    Column("state", String(16), nullable=False),
    Column("reserved_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    # Once per customer, also when two conversations accept at the same moment. Strangers (NULL) never collide.
    UniqueConstraint("customer_id", "offer_id"),
    CheckConstraint("state IN ('reserved', 'redeemed', 'released', 'expired')", name="code_state_known"),
)
