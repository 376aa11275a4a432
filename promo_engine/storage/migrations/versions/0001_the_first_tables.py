"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("demographics", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customers")),
    )
    op.create_table(
        "imports",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("shift_seconds", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_imports")),
    )
    op.create_table(
        "past_promotions",
        sa.Column("past_promotion_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("past_promotion_id", name=op.f("pk_past_promotions")),
    )
    op.create_table(
        "policy_snapshots",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.Column("reward_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_snapshots")),
    )
    op.create_table(
        "product_categories",
        sa.Column("category_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("category_id", name=op.f("pk_product_categories")),
        sa.UniqueConstraint("name", name=op.f("uq_product_categories_name")),
    )
    op.create_table(
        "promotions",
        sa.Column("promotion_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("promotion_id", name=op.f("pk_promotions")),
    )
    op.create_table(
        "customer_events",
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name=op.f("fk_customer_events_customer_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_customer_events")),
    )
    op.create_table(
        "customer_states",
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name=op.f("fk_customer_states_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", "model_version", name=op.f("pk_customer_states")),
    )
    op.create_table(
        "offers",
        sa.Column("offer_id", sa.String(length=64), nullable=False),
        sa.Column("promotion_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("benefit", sa.JSON(), nullable=False),
        sa.Column("category_ids", sa.JSON(), nullable=False),
        sa.Column("eligibility", sa.JSON(), nullable=False),
        sa.Column("unit_cost_cents", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("unit_cost_cents >= 0", name=op.f("ck_offers_unit_cost_not_negative")),
        sa.ForeignKeyConstraint(["promotion_id"], ["promotions.promotion_id"], name=op.f("fk_offers_promotion_id")),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_offers")),
    )
    op.create_table(
        "orders",
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("override_state", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name=op.f("fk_orders_customer_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_orders")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orders_customer_id_placed_at"), ["customer_id", "placed_at"], unique=False)

    op.create_table(
        "past_promotion_redemptions",
        sa.Column("redemption_id", sa.Integer(), nullable=False),
        sa.Column("past_promotion_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("coupon_id", sa.String(length=64), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name=op.f("fk_past_promotion_redemptions_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["past_promotion_id"],
            ["past_promotions.past_promotion_id"],
            name=op.f("fk_past_promotion_redemptions_past_promotion_id"),
        ),
        sa.PrimaryKeyConstraint("redemption_id", name=op.f("pk_past_promotion_redemptions")),
    )
    op.create_table(
        "past_promotion_targetings",
        sa.Column("past_promotion_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name=op.f("fk_past_promotion_targetings_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["past_promotion_id"],
            ["past_promotions.past_promotion_id"],
            name=op.f("fk_past_promotion_targetings_past_promotion_id"),
        ),
        sa.PrimaryKeyConstraint("past_promotion_id", "customer_id", name=op.f("pk_past_promotion_targetings")),
    )
    op.create_table(
        "products",
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("department", sa.String(length=128), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("product_type", sa.String(length=128), nullable=False),
        sa.Column("package_size", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["product_categories.category_id"], name=op.f("fk_products_category_id")
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_products")),
    )
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_context", sa.JSON(), nullable=False),
        sa.Column("ineligible_offers", sa.JSON(), nullable=False),
        sa.Column("propensities", sa.JSON(), nullable=False),
        sa.Column("expected_rewards", sa.JSON(), nullable=False),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("offer_id", sa.String(length=64), nullable=True),
        sa.Column("propensity", sa.Float(), nullable=False),
        sa.Column("no_offer_reason", sa.String(length=32), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("holdout", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("exposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("propensity > 0 AND propensity <= 1", name=op.f("ck_decisions_propensity_in_range")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name=op.f("fk_decisions_customer_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.offer_id"], name=op.f("fk_decisions_offer_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("conversation_id", "request_id", name=op.f("uq_decisions_conversation_id_request_id")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_exposed_at"), ["exposed_at"], unique=False)

    op.create_table(
        "past_promotion_coupons",
        sa.Column("past_promotion_id", sa.String(length=64), nullable=False),
        sa.Column("coupon_id", sa.String(length=64), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["past_promotion_id"],
            ["past_promotions.past_promotion_id"],
            name=op.f("fk_past_promotion_coupons_past_promotion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.product_id"], name=op.f("fk_past_promotion_coupons_product_id")
        ),
        sa.PrimaryKeyConstraint("past_promotion_id", "coupon_id", "product_id", name=op.f("pk_past_promotion_coupons")),
    )
    op.create_table(
        "purchases",
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("sales_cents", sa.BigInteger(), nullable=False),
        sa.Column("retail_discount_cents", sa.BigInteger(), nullable=False),
        sa.Column("coupon_discount_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_purchases_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.product_id"], name=op.f("fk_purchases_product_id")),
        sa.PrimaryKeyConstraint("order_id", "line", name=op.f("pk_purchases")),
    )
    op.create_table(
        "codes",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("decision_id", sa.String(length=36), nullable=False),
        sa.Column("offer_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('reserved', 'redeemed', 'released', 'expired')", name=op.f("ck_codes_code_state_known")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name=op.f("fk_codes_customer_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.decision_id"], name=op.f("fk_codes_decision_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.offer_id"], name=op.f("fk_codes_offer_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_codes")),
        sa.UniqueConstraint("customer_id", "offer_id", name=op.f("uq_codes_customer_id_offer_id")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_codes_decision_id")),
    )
    op.create_table(
        "outcomes",
        sa.Column("decision_id", sa.String(length=36), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reward", sa.Float(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learned_in_version", sa.Integer(), nullable=True),
        sa.CheckConstraint("outcome IN ('accepted', 'declined', 'silent')", name=op.f("ck_outcomes_outcome_known")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.decision_id"], name=op.f("fk_outcomes_decision_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_outcomes")),
    )
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outcomes_learned_in_version"), ["learned_in_version"], unique=False)


def downgrade() -> None:
    """Drop every table."""
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outcomes_learned_in_version"))

    op.drop_table("outcomes")
    op.drop_table("codes")
    op.drop_table("purchases")
    op.drop_table("past_promotion_coupons")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_exposed_at"))

    op.drop_table("decisions")
    op.drop_table("products")
    op.drop_table("past_promotion_targetings")
    op.drop_table("past_promotion_redemptions")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_orders_customer_id_placed_at"))

    op.drop_table("orders")
    op.drop_table("offers")
    op.drop_table("customer_states")
    op.drop_table("customer_events")
    op.drop_table("promotions")
    op.drop_table("product_categories")
    op.drop_table("policy_snapshots")
    op.drop_table("past_promotions")
    op.drop_table("imports")
    op.drop_table("customers")
