"""Promotions and their offers."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

from promo_engine.storage.tables.base import UtcDateTime, metadata

promotions = Table(
    "promotions",
    metadata,
    Column("promotion_id", String(64), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
)

offers = Table(
    "offers",
    metadata,
    Column("offer_id", String(64), primary_key=True),
    Column("promotion_id", ForeignKey("promotions.promotion_id"), nullable=False),
    Column("title", String(256), nullable=False),
    Column("terms", Text, nullable=False),
    Column("benefit", JSON, nullable=False),
    Column("category_ids", JSON, nullable=False),
    Column("eligibility", JSON, nullable=False),
    Column("unit_cost_cents", Integer, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    CheckConstraint("unit_cost_cents >= 0", name="unit_cost_not_negative"),
)
