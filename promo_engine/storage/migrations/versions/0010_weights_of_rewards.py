"""Outcomes keep what they count for the learner and whether they are quarantined; redemptions keep their margin."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was learned until now was learned with weight 1."""
    op.add_column("outcomes", sa.Column("weight", sa.Float(), nullable=True))
    op.add_column("outcomes", sa.Column("quarantine", sa.String(length=16), nullable=False, server_default=""))
    op.add_column("redemptions", sa.Column("margin_cents", sa.BigInteger(), nullable=True))
    op.execute("UPDATE outcomes SET weight = 1 WHERE learned_in_version IS NOT NULL")


def downgrade() -> None:
    """Drop them; the older version counts every reward alike."""
    op.drop_column("redemptions", "margin_cents")
    op.drop_column("outcomes", "quarantine")
    op.drop_column("outcomes", "weight")
