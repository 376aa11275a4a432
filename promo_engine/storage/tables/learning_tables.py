"""The user model's versions, customers' states in it, and the policy's versions."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from common.tables import UtcDateTime
from promo_engine.storage.tables.base import metadata

customer_states = Table(
    "customer_states",
    metadata,
    Column("customer_id", ForeignKey("customers.customer_id"), primary_key=True),
    Column("model_version", String(64), primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("last_event_at", UtcDateTime, nullable=False),
)

user_models = Table(
    "user_models",
    metadata,
    Column("model_version", String(64), primary_key=True),
    # The one that served when this one was trained, or from whose weights it went on.
    Column("parent_version", String(64)),
    Column("status", String(16), nullable=False),
    # The files of a model folder, zipped: weights, settings, the first policy, the measured figures.
    Column("archive", LargeBinary, nullable=False),
    Column("trained_on", JSON, nullable=False),
    Column("metrics", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("live_since", UtcDateTime),
)
Index(
    "uq_user_models_live",
    user_models.c.status,
    unique=True,
    sqlite_where=user_models.c.status == "live",
    postgresql_where=user_models.c.status == "live",
)

# The index of a model's vectors. Never changed: a shop's categories grow, a trained model does not.
model_categories = Table(
    "model_categories",
    metadata,
    Column("model_version", ForeignKey("user_models.model_version"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("category_id", Integer, nullable=False),
)

policy_snapshots = Table(
    "policy_snapshots",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    # A snapshot only fits the user model whose forecasts its features were made from.
    Column("model_version", String(64), nullable=False),
    Column("snapshot", LargeBinary, nullable=False),
    Column("reward_count", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("status", String(16), nullable=False),
    Column("origin", String(16), nullable=False),
    Column("parent_version", Integer),
    Column("line", Integer, nullable=False),
    Column("created_by", String(64), nullable=False),
    Index(None, "line", "version"),
)
# One of each user model decides, whatever goes wrong.
Index(
    "uq_policy_snapshots_live",
    policy_snapshots.c.model_version,
    unique=True,
    sqlite_where=policy_snapshots.c.status == "live",
    postgresql_where=policy_snapshots.c.status == "live",
)

policy_audit = Table(
    "policy_audit",
    metadata,
    Column("change_id", Integer, primary_key=True),
    Column("model_version", String(64), nullable=False),
    Column("action", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("before_version", Integer),
    Column("actor", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("numbers", JSON, nullable=False),
)

# Which versions that are no longer in force, nor before the one that is, hold a reward.
learned_elsewhere = Table(
    "learned_elsewhere",
    metadata,
    Column("decision_id", ForeignKey("outcomes.decision_id"), primary_key=True),
    Column("version", ForeignKey("policy_snapshots.version"), primary_key=True),
    Index(None, "version"),
)
