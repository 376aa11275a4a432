"""Learning from conversations: suggestions with their messages, and trainings of the bot.

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-30 19:40:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "suggestions",
        sa.Column("suggestion_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed", sa.String(length=128), nullable=True),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("taps", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.String(length=128), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'accepted', 'dismissed')", name=op.f("ck_suggestions_state_known")),
        sa.PrimaryKeyConstraint("suggestion_id", name=op.f("pk_suggestions")),
    )
    op.create_index(op.f("ix_suggestions_state_suggestion_id"), "suggestions", ["state", "suggestion_id"], unique=False)
    op.create_table(
        "suggestion_messages",
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("suggestion_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.message_id"], name=op.f("fk_suggestion_messages_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["suggestions.suggestion_id"], name=op.f("fk_suggestion_messages_suggestion_id")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.conversation_id"],
            name=op.f("fk_suggestion_messages_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_suggestion_messages")),
    )
    op.create_index(
        op.f("ix_suggestion_messages_suggestion_id_position"),
        "suggestion_messages",
        ["suggestion_id", "position"],
        unique=False,
    )
    op.create_index(
        op.f("ix_suggestion_messages_conversation_id"), "suggestion_messages", ["conversation_id"], unique=False
    )
    op.create_table(
        "trainings",
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("examples_hash", sa.String(length=64), nullable=False),
        sa.Column("example_count", sa.Integer(), nullable=False),
        sa.Column("checks", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("previous_model", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('running', 'live', 'refused', 'failed', 'undone')", name=op.f("ck_trainings_state_known")
        ),
        sa.PrimaryKeyConstraint("training_id", name=op.f("pk_trainings")),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("suggestion_messages", "suggestions", "trainings"):
        op.drop_table(table)
