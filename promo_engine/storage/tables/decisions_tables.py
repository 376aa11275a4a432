"""Decisions and their outcomes."""

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
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from common.tables import UtcDateTime
from promo_engine.storage.tables.base import PackedFloats, metadata

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", String(36), primary_key=True),
    Column("conversation_id", String(64), nullable=False),
    # The bot's id of the turn that asked: asking again gives the same decision.
    Column("request_id", String(64), nullable=False),
    Column("customer_id", ForeignKey("customers.customer_id")),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("decision_context", JSON, nullable=False),
    Column("ineligible_offers", JSON, nullable=False),
    # The offers between which the policy chose. Propensities are theirs in this order, then that of no offer.
    Column("arms", JSON, nullable=False),
    Column("propensities", PackedFloats("d"), nullable=False),
    Column("expected_rewards", PackedFloats("d"), nullable=False),
    Column("features", PackedFloats("f"), nullable=False),
    Column("offer_id", ForeignKey("offers.offer_id")),
    Column("propensity", Float, nullable=False),
    Column("no_offer_reason", String(32)),
    Column("explanation", Text, nullable=False, default=""),
    Column("holdout", Integer, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("model_version", String(64), nullable=False),
    Column("seed", BigInteger, nullable=False),
    # The customer's state that it was made on, and what the arms cost; NULL in both: made before that was kept.
    Column("state_hash", String(32)),
    Column("prices", PackedFloats("d")),
    Column("exposed_at", UtcDateTime),
    UniqueConstraint("conversation_id", "request_id"),
    CheckConstraint("propensity > 0 AND propensity <= 1", name="propensity_in_range"),
    Index(None, "exposed_at"),
    Index(None, "decided_at"),
)

# A state is stored once for all decisions that were made on it.
decision_states = Table(
    "decision_states",
    metadata,
    Column("state_hash", String(32), primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("last_event_at", UtcDateTime, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("decision_id", ForeignKey("decisions.decision_id"), primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("reward", Float, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    # NULL until the learner has learned the reward in a snapshot, then that snapshot's version.
    Column("learned_in_version", Integer),
    # 1: the versions that had learned from it were given up, and it is to teach nothing.
    Column("set_aside", Integer, nullable=False, server_default="0"),
    # What it counts for the learner; NULL until it is weighed.
    Column("weight", Float),
    # `held`: it came in a burst and teaches nothing; `released`: somebody looked, and it may.
    Column("quarantine", String(16), nullable=False, server_default=""),
    CheckConstraint("outcome IN ('accepted', 'declined', 'silent')", name="outcome_known"),
    Index(None, "learned_in_version"),
)
