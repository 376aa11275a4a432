"""Plans of campaigns."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Index, String, Table

from common.tables import UtcDateTime
from promo_engine.storage.tables.base import metadata

strategy_plans = Table(
    "strategy_plans",
    metadata,
    Column("plan_id", String(48), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("body", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(64)),
    CheckConstraint("state IN ('proposed', 'approved', 'stopped')", name="plan_state_known"),
    Index(None, "created_at"),
)
