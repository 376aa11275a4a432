"""Which order used which codes."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, ForeignKey, Index, String, Table

from common.tables import UtcDateTime
from promo_engine.storage.tables.base import metadata

redemptions = Table(
    "redemptions",
    metadata,
    Column("redemption_id", String(36), primary_key=True),
    # The shop's own order; the engine may hear of its purchase later or never.
    Column("order_id", String(64), nullable=False, unique=True),
    Column("customer_id", ForeignKey("customers.customer_id")),
    Column("request_hash", String(64), nullable=False),
    Column("quote", JSON, nullable=False),
    Column("redeemed_at", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
    Column("margin_cents", BigInteger),
)

# A code is used once: a cancelled redemption does not bring it back, so the code alone is the key.
redeemed_codes = Table(
    "redeemed_codes",
    metadata,
    Column("code", ForeignKey("codes.code"), primary_key=True),
    Column("redemption_id", ForeignKey("redemptions.redemption_id"), nullable=False),
    Column("cost_cents", BigInteger, nullable=False),
    CheckConstraint("cost_cents >= 0", name="redeemed_code_cost"),
    Index(None, "redemption_id"),
)
