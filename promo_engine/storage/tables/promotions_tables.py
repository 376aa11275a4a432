"""Promotions and their offers, who changed them, what customers met of them, and the price that paces their spend."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from common.tables import UtcDateTime
from promo_engine.storage.tables.base import metadata

_STATE_KNOWN = "state IN ('draft', 'scheduled', 'paused', 'ended')"
"""What somebody decided; `live` is read from this and the clock."""

promotions = Table(
    "promotions",
    metadata,
    Column("promotion_id", String(64), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False, server_default="scheduled"),
    Column("limits", JSON, nullable=False, server_default="{}"),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint(_STATE_KNOWN, name="promotion_state_known"),
)

offers = Table(
    "offers",
    metadata,
    Column("offer_id", String(64), primary_key=True),
    Column("promotion_id", ForeignKey("promotions.promotion_id"), nullable=False),
    Column("title", String(256), nullable=False),
    Column("terms", Text, nullable=False),
    Column("benefit", JSON, nullable=False),
    Column("eligibility", JSON, nullable=False),
    Column("unit_cost_cents", Integer, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False, server_default="scheduled"),
    Column("limits", JSON, nullable=False, server_default="{}"),
    Column("version", Integer, nullable=False, server_default="1"),
    # 1: stored by `load-offers`, which ends what its file no longer names; 0: made over HTTP, which it leaves alone.
    Column("from_file", Integer, nullable=False, server_default="1"),
    Column("scope", JSON, nullable=False, server_default="{}"),
    Column("condition", JSON(none_as_null=True)),
    Column("exclusive_group", String(64)),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("margin_floor_basis_points", Integer),
    CheckConstraint("unit_cost_cents >= 0", name="unit_cost_not_negative"),
    CheckConstraint(_STATE_KNOWN, name="offer_state_known"),
    Index(None, "promotion_id", "offer_id"),
)

# Append-only: triggers refuse every update and delete. No foreign keys, since a deleted draft leaves its record.
promotion_audit = Table(
    "promotion_audit",
    metadata,
    Column("audit_id", Integer, primary_key=True),
    Column("promotion_id", String(64), nullable=False),
    Column("offer_id", String(64)),
    Column("actor", String(64), nullable=False),
    Column("action", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("changes", JSON, nullable=False),
    Index(None, "promotion_id", "audit_id"),
)

# What limits per customer are counted from. `subject` is customer:<id>, or conversation:<id> for an anonymous customer.
offer_encounters = Table(
    "offer_encounters",
    metadata,
    Column("decision_id", ForeignKey("decisions.decision_id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("subject", String(80), nullable=False),
    Column("offer_id", ForeignKey("offers.offer_id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    CheckConstraint("kind IN ('exposed', 'accepted', 'declined')", name="encounter_kind_known"),
    Index(None, "subject", "at"),
)

# Who said "stop promotions". No foreign key: the subject may be a conversation.
promotion_refusals = Table(
    "promotion_refusals",
    metadata,
    Column("subject", String(80), primary_key=True),
    Column("refused_at", UtcDateTime, nullable=False),
)

promotion_pacing = Table(
    "promotion_pacing",
    metadata,
    Column("promotion_id", ForeignKey("promotions.promotion_id"), primary_key=True),
    Column("price", Float, nullable=False),
    Column("integral", Float, nullable=False),
    Column("planned_cents", BigInteger, nullable=False),
    Column("spent_cents", BigInteger, nullable=False),
    Column("reserved_cents", BigInteger, nullable=False),
    Column("measured_at", UtcDateTime, nullable=False),
    CheckConstraint("price >= 0", name="price_not_negative"),
)
