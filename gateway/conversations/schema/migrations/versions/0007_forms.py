"""Messages that ask for an order's number and proof with a form.

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-30 15:35:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("messages", sa.Column("proof_form", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("messages", "proof_form")
