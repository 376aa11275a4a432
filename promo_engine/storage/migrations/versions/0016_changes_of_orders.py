"""Changes that customers ask the shop for; what proves an order; demo data sets as sources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default="")


def upgrade() -> None:
    """Add the table and two columns. Orders of an imported data set learn that they are of a demo source."""
    op.add_column("orders", _text("email_hash", 64))
    op.add_column("orders", _text("postcode_hash", 64))
    op.create_table(
        "change_requests",
        sa.Column("change_request_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        _text("conversation_id", 64),
        sa.Column("lines", sa.JSON(), nullable=False, server_default="[]"),
        _text("reason", 500),
        _text("details", 1000),
        _text("shop_reference", 128),
        _text("shop_reason", 500),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_try_at", _TIME, nullable=True),
        _text("last_error", 500),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("settled_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_change_requests_order_id_orders")),
        sa.PrimaryKeyConstraint("change_request_id", name=op.f("pk_change_requests")),
    )
    op.create_index(op.f("ix_change_requests_order_id"), "change_requests", ["order_id"])
    op.create_index(op.f("ix_change_requests_next_try_at"), "change_requests", ["next_try_at"])
    op.create_index(
        op.f("ix_change_requests_state_change_request_id"), "change_requests", ["state", "change_request_id"]
    )
    # The data set that was imported before sources were kept; `imports` also holds stamps of offers and the catalogue.
    # Its orders are those that no other source reported.
    op.execute(
        "INSERT INTO shop_sources (source_id, kind) SELECT name, 'demo' FROM imports "
        "WHERE name = 'completejourney' AND name NOT IN (SELECT source_id FROM shop_sources)"
    )
    op.execute(
        "UPDATE orders SET source_id = 'completejourney' WHERE source_id IS NULL AND shop_state IS NULL "
        "AND EXISTS (SELECT 1 FROM imports WHERE name = 'completejourney')"
    )
    op.execute("UPDATE orders SET number = order_id, number_key = upper(order_id) WHERE number = ''")


def downgrade() -> None:
    """Drop them; that imported data sets are demo sources stays."""
    op.drop_table("change_requests")
    op.drop_column("orders", "postcode_hash")
    op.drop_column("orders", "email_hash")
