"""Codes that are made at a hosted shop too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table. Codes that are out already stay those of our own checkout."""
    op.create_table(
        "hosted_codes",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("shop_key", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("brought", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("shop_reference", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("created_at", _TIME, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_try_at", _TIME, nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["code"], ["codes.code"], name=op.f("fk_hosted_codes_code_codes")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_hosted_codes")),
    )
    op.create_index(op.f("ix_hosted_codes_next_try_at"), "hosted_codes", ["next_try_at"])
    op.create_index(op.f("ix_hosted_codes_source_id_shop_key"), "hosted_codes", ["source_id", "shop_key"])
    op.create_index(op.f("ix_hosted_codes_state_code"), "hosted_codes", ["state", "code"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("hosted_codes")
