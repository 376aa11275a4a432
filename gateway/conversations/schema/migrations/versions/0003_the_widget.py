"""The widget: thumbs, ratings, consents, the line for a person, rules for speaking first.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-26 02:30:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["conversation_id"], ["conversations.conversation_id"], name=op.f(f"fk_{table}_conversation_id")
    )


def upgrade() -> None:
    """Create the tables and the column of thumbs."""
    op.add_column("messages", sa.Column("thumb", sa.String(length=4), nullable=True))
    op.create_index(op.f("ix_conversations_subject"), "conversations", ["subject"], unique=False)
    op.create_table(
        "consents",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        _conversation("consents"),
        sa.PrimaryKeyConstraint("conversation_id", "version", name=op.f("pk_consents")),
    )
    op.create_table(
        "ratings",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        _conversation("ratings"),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_ratings_stars_known")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_ratings")),
    )
    op.create_table(
        "waiting",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        _conversation("waiting"),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_waiting")),
    )
    op.create_index(op.f("ix_waiting_since"), "waiting", ["since"], unique=False)
    op.create_table(
        "triggers",
        sa.Column("trigger_id", sa.String(length=64), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("trigger_id", name=op.f("pk_triggers")),
    )
    op.create_table(
        "firings",
        sa.Column("firing_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=256), nullable=False),
        sa.Column("trigger_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        _conversation("firings"),
        sa.PrimaryKeyConstraint("firing_id", name=op.f("pk_firings")),
    )
    op.create_index(op.f("ix_firings_subject_fired_at"), "firings", ["subject", "fired_at"], unique=False)
    op.create_index(op.f("ix_firings_conversation_id"), "firings", ["conversation_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    for table in ("firings", "triggers", "waiting", "ratings", "consents"):
        op.drop_table(table)
    op.drop_index(op.f("ix_conversations_subject"), table_name="conversations")
    op.drop_column("messages", "thumb")
