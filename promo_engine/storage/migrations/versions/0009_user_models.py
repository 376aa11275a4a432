"""Versions of the user model: what they are, what they reached, which one serves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the registry, empty; the next training enters the model that is there."""
    op.create_table(
        "user_models",
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("parent_version", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("archive", sa.LargeBinary(), nullable=False),
        sa.Column("trained_on", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("model_version", name=op.f("pk_user_models")),
    )
    op.create_index(
        "uq_user_models_live",
        "user_models",
        ["status"],
        unique=True,
        sqlite_where=sa.text("status = 'live'"),
        postgresql_where=sa.text("status = 'live'"),
    )


def downgrade() -> None:
    """Forget the versions; the folder keeps the one that serves."""
    op.drop_table("user_models")
