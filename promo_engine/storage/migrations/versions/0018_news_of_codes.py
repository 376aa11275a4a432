"""Who accepted an offer and was told to wait for its code is told how that ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the time from which somebody is to be told."""
    with op.batch_alter_table("hosted_codes") as batch:
        batch.add_column(sa.Column("news_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_hosted_codes_news_due_at"), "hosted_codes", ["news_due_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index(op.f("ix_hosted_codes_news_due_at"), "hosted_codes")
    with op.batch_alter_table("hosted_codes") as batch:
        batch.drop_column("news_due_at")
