"""The conversation log.

Revision ID: 0001
Revises:
Create Date: 2026-11-22 10:39:38.940563
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "conversations",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=256), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("turn_count", sa.Integer(), nullable=False),
        sa.Column("carried_slots", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_conversations")),
    )
    op.create_index(
        op.f("ix_conversations_started_at_conversation_id"),
        "conversations",
        ["started_at", "conversation_id"],
        unique=False,
    )

    op.create_table(
        "messages",
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("client_message_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=True),
        sa.Column("parse", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("actions", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("decision_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("offer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("buttons", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("turn_ms", sa.Integer(), nullable=True),
        sa.Column("exposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exposure_reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sender IN ('shopper', 'bot', 'agent')", name=op.f("ck_messages_sender_known")),
        sa.CheckConstraint("state IN ('received', 'answered', 'failed')", name=op.f("ck_messages_state_known")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.conversation_id"], name=op.f("fk_messages_conversation_id")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "conversation_id", "client_message_id", name=op.f("uq_messages_conversation_id_client_message_id")
        ),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_messages_conversation_id_seq")),
    )
    op.create_index(
        "ix_messages_unanswered",
        "messages",
        ["conversation_id", "seq"],
        unique=False,
        sqlite_where=sa.text("state = 'received'"),
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_index(
        "ix_messages_unreported",
        "messages",
        ["message_id"],
        unique=False,
        sqlite_where=sa.text("exposed_at IS NOT NULL AND exposure_reported_at IS NULL"),
        postgresql_where=sa.text("exposed_at IS NOT NULL AND exposure_reported_at IS NULL"),
    )

    op.create_table(
        "button_tokens",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.conversation_id"], name=op.f("fk_button_tokens_conversation_id")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.message_id"], name=op.f("fk_button_tokens_message_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_button_tokens")),
    )
    op.create_index(op.f("ix_button_tokens_message_id"), "button_tokens", ["message_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_button_tokens_message_id"), table_name="button_tokens")

    op.drop_table("button_tokens")
    op.drop_index("ix_messages_unreported", table_name="messages")
    op.drop_index("ix_messages_unanswered", table_name="messages")

    op.drop_table("messages")
    op.drop_index(op.f("ix_conversations_started_at_conversation_id"), table_name="conversations")

    op.drop_table("conversations")
