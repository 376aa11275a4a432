"""Codes hold what they cost, accounts hold the caps, pools hold imported codes, and replies are kept by key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Codes that are out already hold their offer's expected cost; their accounts get caps with the next use."""
    # Plain ADD COLUMN: copying a table, as batch mode does on SQLite, would drop rows that others refer to.
    op.add_column("codes", sa.Column("held_cents", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE codes SET held_cents = (SELECT unit_cost_cents FROM offers WHERE offers.offer_id = codes.offer_id)"
    )
    op.create_index(op.f("ix_codes_state_expires_at"), "codes", ["state", "expires_at"])
    op.create_table(
        "pool_codes",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("offer_id", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.decision_id"], name=op.f("fk_pool_codes_decision_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.offer_id"], name=op.f("fk_pool_codes_offer_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_pool_codes")),
    )
    op.create_index(
        op.f("ix_pool_codes_offer_id_decision_id_place"), "pool_codes", ["offer_id", "decision_id", "place"]
    )
    _make_accounts()
    op.create_table(
        "reply_records",
        sa.Column("idempotency_key", sa.String(length=128), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("idempotency_key", name=op.f("pk_reply_records")),
    )
    op.create_index(op.f("ix_reply_records_created_at"), "reply_records", ["created_at"])


def _make_accounts() -> None:
    op.create_table(
        "budget_accounts",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("budget_cents", sa.BigInteger(), nullable=True),
        sa.Column("max_uses", sa.BigInteger(), nullable=True),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
            for name in ("reserved_cents", "spent_cents", "reserved_uses", "spent_uses")
        ),
        sa.CheckConstraint("kind IN ('promotion', 'offer')", name=op.f("ck_budget_accounts_account_kind_known")),
        sa.CheckConstraint(
            "reserved_cents >= 0 AND spent_cents >= 0 AND reserved_uses >= 0 AND spent_uses >= 0",
            name=op.f("ck_budget_accounts_account_not_negative"),
        ),
        sa.CheckConstraint(
            "budget_cents IS NULL OR reserved_cents + spent_cents <= budget_cents",
            name=op.f("ck_budget_accounts_budget_kept"),
        ),
        sa.CheckConstraint(
            "max_uses IS NULL OR reserved_uses + spent_uses <= max_uses", name=op.f("ck_budget_accounts_uses_kept")
        ),
        sa.PrimaryKeyConstraint("kind", "owner_id", name=op.f("pk_budget_accounts")),
    )
    held = ", ".join(
        f"SUM(CASE WHEN c.state = '{state}' THEN {what} ELSE 0 END)"
        for what in ("c.held_cents", "1")
        for state in ("reserved", "redeemed")
    )
    for kind, owner in (("promotion", "o.promotion_id"), ("offer", "o.offer_id")):
        op.execute(
            "INSERT INTO budget_accounts (kind, owner_id, reserved_cents, spent_cents, reserved_uses, spent_uses) "
            f"SELECT '{kind}', {owner}, {held} FROM codes c JOIN offers o ON o.offer_id = c.offer_id GROUP BY {owner}"
        )


def downgrade() -> None:
    """Drop what was added; imported codes that nobody has taken are lost."""
    op.drop_index(op.f("ix_reply_records_created_at"), table_name="reply_records")
    op.drop_table("reply_records")
    op.drop_table("budget_accounts")
    op.drop_index(op.f("ix_pool_codes_offer_id_decision_id_place"), table_name="pool_codes")
    op.drop_table("pool_codes")
    op.drop_index(op.f("ix_codes_state_expires_at"), table_name="codes")
    op.drop_column("codes", "held_cents")
