"""Shops that write over HTTP: tokens of sources, webhook deliveries, requests about privacy, other names of things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _json(name: str, default: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False, server_default=default)


_NEW: dict[str, Callable[[], list[sa.Column[Any]]]] = {
    "shop_sources": lambda: [
        sa.Column("token_hash", sa.String(length=64), nullable=False, server_default=""),
        _json("scopes", "[]"),
        sa.Column("created_at", _TIME, nullable=True),
        sa.Column("disabled_at", _TIME, nullable=True),
        sa.Column("pulled_at", _TIME, nullable=True),
    ],
    "customers": lambda: [
        sa.Column("source_id", sa.String(length=64), nullable=True),
        sa.Column("merged_into", sa.String(length=64), nullable=True),
    ],
    "orders": lambda: [sa.Column("redacted", sa.Boolean(), nullable=False, server_default=sa.false())],
    "shipments": lambda: [sa.Column("reported_at", _TIME, nullable=True)],
    "refunds": lambda: [sa.Column("reported_at", _TIME, nullable=True)],
}
_INDEXES = (
    ("shop_sources", "token_hash"),
    ("customers", "source_id"),
    ("customers", "merged_into"),
    ("customer_aliases", "external_id"),
)


def upgrade() -> None:
    """Add columns and tables."""
    for table, columns in _NEW.items():
        for column in columns():
            op.add_column(table, column)
    for table, column_name in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{column_name}"), table, [column_name])
    op.create_table(
        "webhook_deliveries",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("delivery_id", sa.String(length=128), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_try_at", _TIME, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'dead')", name=op.f("ck_webhook_deliveries_delivery_state_known")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("source_id", "delivery_id", name=op.f("uq_webhook_deliveries_source_id_delivery_id")),
    )
    op.create_index(op.f("ix_webhook_deliveries_state_next_try_at"), "webhook_deliveries", ["state", "next_try_at"])
    op.create_index(op.f("ix_webhook_deliveries_received_at"), "webhook_deliveries", ["received_at"])
    op.create_table(
        "privacy_requests",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("customer_ids", sa.JSON(), nullable=False),
        sa.Column("requested_at", _TIME, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("done_at", _TIME, nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("export", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('export', 'redact', 'redact_source', 'merge')",
            name=op.f("ck_privacy_requests_privacy_kind_known"),
        ),
        sa.CheckConstraint("state IN ('gateway', 'done')", name=op.f("ck_privacy_requests_privacy_state_known")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_privacy_requests")),
    )
    op.create_index(op.f("ix_privacy_requests_state_requested_at"), "privacy_requests", ["state", "requested_at"])
    op.create_table(
        "external_ids",
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("external_id", "kind", name=op.f("pk_external_ids")),
    )
    op.create_index(op.f("ix_external_ids_item_id"), "external_ids", ["item_id"])


def downgrade() -> None:
    """Drop them. Customers that were merged stay, empty, beside the customer who has everything of theirs."""
    for table in ("external_ids", "privacy_requests", "webhook_deliveries"):
        op.drop_table(table)
    for table, column_name in reversed(_INDEXES):
        op.drop_index(op.f(f"ix_{table}_{column_name}"), table_name=table)
    for table, columns in _NEW.items():
        for column in reversed(columns()):
            op.drop_column(table, column.name)
