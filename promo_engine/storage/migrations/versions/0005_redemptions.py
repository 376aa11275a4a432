"""Orders that have used codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "redemptions",
        sa.Column("redemption_id", sa.String(length=36), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=True),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("quote", sa.JSON(), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name=op.f("fk_redemptions_customer_id")),
        sa.PrimaryKeyConstraint("redemption_id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("order_id", name=op.f("uq_redemptions_order_id")),
    )
    op.create_table(
        "redeemed_codes",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("redemption_id", sa.String(length=36), nullable=False),
        sa.Column("cost_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("cost_cents >= 0", name=op.f("ck_redeemed_codes_redeemed_code_cost")),
        sa.ForeignKeyConstraint(["code"], ["codes.code"], name=op.f("fk_redeemed_codes_code")),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemptions.redemption_id"], name=op.f("fk_redeemed_codes_redemption_id")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_redeemed_codes")),
    )
    op.create_index(op.f("ix_redeemed_codes_redemption_id"), "redeemed_codes", ["redemption_id"])


def downgrade() -> None:
    """Drop them; which order used which code is lost, the codes' states and accounts stay."""
    op.drop_index(op.f("ix_redeemed_codes_redemption_id"), table_name="redeemed_codes")
    op.drop_table("redeemed_codes")
    op.drop_table("redemptions")
