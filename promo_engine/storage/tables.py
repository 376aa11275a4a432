"""The engine's tables. Money is integer cents, times are UTC, identifiers from outside are text.

`migrations/` builds what stands here; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive datetimes; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC. Raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

customers = Table(
    "customers",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("demographics", JSON, nullable=False, default=dict),
    Column("created_at", UtcDateTime, nullable=False),
)

product_categories = Table(
    "product_categories",
    metadata,
    # 0, 1, 2 … without gaps: the index of the user model's vectors.
    Column("category_id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(128), nullable=False, unique=True),
)

products = Table(
    "products",
    metadata,
    Column("product_id", String(64), primary_key=True),
    # A few products of the imported data have no category; they take part in orders, not in learning.
    Column("category_id", ForeignKey("product_categories.category_id")),
    Column("department", String(128), nullable=False, default=""),
    Column("brand", String(64), nullable=False, default=""),
    Column("product_type", String(128), nullable=False, default=""),
    Column("package_size", String(64), nullable=False, default=""),
)

orders = Table(
    "orders",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("total_cents", BigInteger, nullable=False),
    # NULL: the made-up delivery state follows from the order's age; else `cancelled` or `return_requested`.
    Column("override_state", String(32)),
    Index(None, "customer_id", "placed_at"),
)

purchases = Table(
    "purchases",
    metadata,
    Column("order_id", ForeignKey("orders.order_id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("product_id", ForeignKey("products.product_id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("sales_cents", BigInteger, nullable=False),
    Column("retail_discount_cents", BigInteger, nullable=False, default=0),
    Column("coupon_discount_cents", BigInteger, nullable=False, default=0),
)

past_promotions = Table(
    "past_promotions",
    metadata,
    Column("past_promotion_id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
)

past_promotion_coupons = Table(
    "past_promotion_coupons",
    metadata,
    Column("past_promotion_id", ForeignKey("past_promotions.past_promotion_id"), primary_key=True),
    Column("coupon_id", String(64), primary_key=True),
    Column("product_id", ForeignKey("products.product_id"), primary_key=True),
)

past_promotion_targetings = Table(
    "past_promotion_targetings",
    metadata,
    Column("past_promotion_id", ForeignKey("past_promotions.past_promotion_id"), primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), primary_key=True),
)

past_promotion_redemptions = Table(
    "past_promotion_redemptions",
    metadata,
    Column("redemption_id", Integer, primary_key=True),
    Column("past_promotion_id", ForeignKey("past_promotions.past_promotion_id"), nullable=False),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("coupon_id", String(64), nullable=False),
    Column("redeemed_at", UtcDateTime, nullable=False),
)

imports = Table(
    "imports",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("shift_seconds", BigInteger, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
)

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

customer_states = Table(
    "customer_states",
    metadata,
    Column("customer_id", ForeignKey("customers.customer_id"), primary_key=True),
    Column("model_version", String(64), primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("last_event_at", UtcDateTime, nullable=False),
)

customer_events = Table(
    "customer_events",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("body", JSON, nullable=False),
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
    Column("propensities", JSON, nullable=False),
    Column("expected_rewards", JSON, nullable=False),
    Column("features", JSON, nullable=False),
    Column("offer_id", ForeignKey("offers.offer_id")),
    Column("propensity", Float, nullable=False),
    Column("no_offer_reason", String(32)),
    Column("explanation", Text, nullable=False, default=""),
    Column("holdout", Integer, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("model_version", String(64), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("exposed_at", UtcDateTime),
    UniqueConstraint("conversation_id", "request_id"),
    CheckConstraint("propensity > 0 AND propensity <= 1", name="propensity_in_range"),
    Index(None, "exposed_at"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("decision_id", ForeignKey("decisions.decision_id"), primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("reward", Float, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    # NULL until the learner has folded the reward into a snapshot, then that snapshot's version.
    Column("learned_in_version", Integer),
    CheckConstraint("outcome IN ('accepted', 'declined', 'silent')", name="outcome_known"),
    Index(None, "learned_in_version"),
)

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
