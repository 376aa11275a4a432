"""The categories of each user model, by their position in its vectors.

Models of before read all categories that there were: 0, 1, 2 …; their folders say so, they get no rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "model_categories",
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_version"],
            ["user_models.model_version"],
            name=op.f("fk_model_categories_model_version_user_models"),
        ),
        sa.PrimaryKeyConstraint("model_version", "position", name=op.f("pk_model_categories")),
    )


def downgrade() -> None:
    """Drop it. A model stays: its folder has its categories too."""
    op.drop_table("model_categories")
