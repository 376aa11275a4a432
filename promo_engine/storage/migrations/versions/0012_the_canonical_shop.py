"""The canonical shop: category trees, variants, prices, stock, reported states, parcels, refunds, aliases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _text(name: str, length: int, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def _json(name: str, default: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False, server_default=default)


def _cents(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


_NEW: dict[str, Callable[[], list[sa.Column[Any]]]] = {
    "customers": lambda: [
        _text("email_hash", 64),
        _text("country", 2),
        _text("currency", 3),
        _text("locale", 16),
        sa.Column("guest", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("marketing_consent", sa.Boolean(), nullable=True),
        _text("content_hash", 64),
    ],
    "product_categories": lambda: [
        sa.Column("external_id", sa.String(length=256), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        _json("names", "{}"),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
    ],
    "products": lambda: [
        _text("title", 512),
        _text("url", 2048),
        _text("image_url", 2048),
        _json("categories", "[]"),
        _json("attributes", "{}"),
        _text("status", 16, "active"),
        sa.Column("shop_updated_at", _TIME, nullable=True),
        sa.Column("source_id", sa.String(length=64), nullable=True),
        _text("content_hash", 64),
    ],
    "orders": lambda: [
        _text("number", 64),
        _text("number_key", 64),
        _text("currency", 3),
        sa.Column("shop_state", sa.String(length=32), nullable=True),
        _text("payment", 64),
        _cents("goods_cents"),
        _cents("discount_cents"),
        _cents("delivery_cents"),
        _cents("tax_cents"),
        _json("codes", "[]"),
        sa.Column("cancelled_at", _TIME, nullable=True),
        sa.Column("shop_updated_at", _TIME, nullable=True),
        sa.Column("source_id", sa.String(length=64), nullable=True),
        _text("content_hash", 64),
    ],
    "purchases": lambda: [
        _text("title", 512),
        sa.Column("variant_id", sa.String(length=128), nullable=True),
    ],
}


def upgrade() -> None:
    """Add columns and tables. An order that is there keeps its number: its id, as its customer knows it."""
    for table, columns in _NEW.items():
        for column in columns():
            op.add_column(table, column)
    op.execute("UPDATE orders SET number = order_id, number_key = upper(order_id)")
    op.create_index(op.f("ix_customers_email_hash"), "customers", ["email_hash"])
    op.create_index(op.f("ix_orders_number_key"), "orders", ["number_key"])
    # An index, not a constraint: for a constraint SQLite copies the table and drops it, which products refer to.
    op.create_index(op.f("ix_product_categories_external_id"), "product_categories", ["external_id"], unique=True)
    op.create_table(
        "shop_sources",
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        _json("settings", "{}"),
        _text("cursor", 128),
        sa.Column("last_ok_at", _TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_shop_sources")),
    )
    op.create_table(
        "variants",
        sa.Column("variant_id", sa.String(length=128), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        _text("sku", 128),
        _text("gtin", 32),
        _json("options", "{}"),
        _text("image_url", 2048),
        _text("status", 16, "active"),
        sa.Column("unit_cost_cents", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["products.product_id"], name=op.f("fk_variants_product_id_products")),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_variants")),
    )
    op.create_index(op.f("ix_variants_product_id"), "variants", ["product_id"])
    op.create_index(op.f("ix_variants_sku"), "variants", ["sku"])
    _of_variants()
    _of_orders()
    op.create_table(
        "customer_aliases",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.customer_id"], name=op.f("fk_customer_aliases_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("source", "external_id", name=op.f("pk_customer_aliases")),
    )
    op.create_index(op.f("ix_customer_aliases_customer_id"), "customer_aliases", ["customer_id"])


def _of_variants() -> None:
    op.create_table(
        "prices",
        sa.Column("variant_id", sa.String(length=128), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("list_cents", sa.BigInteger(), nullable=False),
        sa.Column("sale_cents", sa.BigInteger(), nullable=True),
        sa.Column("sale_from", _TIME, nullable=True),
        sa.Column("sale_until", _TIME, nullable=True),
        sa.Column("includes_tax", sa.Boolean(), nullable=True),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.variant_id"], name=op.f("fk_prices_variant_id_variants")),
        sa.PrimaryKeyConstraint("variant_id", "currency", name=op.f("pk_prices")),
    )
    op.create_table(
        "stock",
        sa.Column("variant_id", sa.String(length=128), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=True),
        sa.Column("backorder", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.variant_id"], name=op.f("fk_stock_variant_id_variants")),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_stock")),
    )


def _of_orders() -> None:
    op.create_table(
        "shipments",
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("shipment_id", sa.String(length=64), nullable=False),
        _text("carrier", 128),
        _text("tracking_number", 128),
        _text("tracking_url", 2048),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("shipped_at", _TIME, nullable=True),
        sa.Column("promised_from", _TIME, nullable=True),
        sa.Column("promised_until", _TIME, nullable=True),
        sa.Column("delivered_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_shipments_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "shipment_id", name=op.f("pk_shipments")),
    )
    op.create_table(
        "refunds",
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("refund_id", sa.String(length=64), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("refunded_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_refunds_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "refund_id", name=op.f("pk_refunds")),
    )


def downgrade() -> None:
    """Drop them. Orders, products and customers stay, without what only the canonical shop knows of them."""
    for table in ("customer_aliases", "refunds", "shipments", "stock", "prices", "variants", "shop_sources"):
        op.drop_table(table)
    op.drop_index(op.f("ix_orders_number_key"), table_name="orders")
    op.drop_index(op.f("ix_customers_email_hash"), table_name="customers")
    op.drop_index(op.f("ix_product_categories_external_id"), table_name="product_categories")
    for table in ("purchases", "orders", "products", "product_categories", "customers"):
        for column in reversed(_NEW[table]()):
            op.drop_column(table, column.name)
