"""Plans of campaigns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "strategy_plans",
        sa.Column("plan_id", sa.String(length=48), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'stopped')", name=op.f("ck_strategy_plans_plan_state_known")
        ),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_strategy_plans")),
    )
    op.create_index(op.f("ix_strategy_plans_created_at"), "strategy_plans", ["created_at"])


def downgrade() -> None:
    """Drop the table; what was approved stays live as promotions."""
    op.drop_index(op.f("ix_strategy_plans_created_at"), table_name="strategy_plans")
    op.drop_table("strategy_plans")
