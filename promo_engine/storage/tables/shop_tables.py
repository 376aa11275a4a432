"""What a shop's sources write beside products and orders: variants, prices, stock, parcels, refunds, aliases."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false

from common.tables import UtcDateTime
from promo_engine.storage.tables.base import metadata

shop_sources = Table(
    "shop_sources",
    metadata,
    Column("source_id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("settings", JSON, nullable=False, server_default="{}"),
    # How far a pull has come.
    Column("cursor", String(128), nullable=False, server_default=""),
    Column("last_ok_at", UtcDateTime),
    Column("last_error", Text, nullable=False, server_default=""),
)

variants = Table(
    "variants",
    metadata,
    Column("variant_id", String(128), primary_key=True),
    Column("product_id", ForeignKey("products.product_id"), nullable=False, index=True),
    Column("sku", String(128), nullable=False, server_default="", index=True),
    Column("gtin", String(32), nullable=False, server_default=""),
    Column("options", JSON, nullable=False, server_default="{}"),
    Column("image_url", String(2048), nullable=False, server_default=""),
    Column("status", String(16), nullable=False, server_default="active"),
    Column("unit_cost_cents", BigInteger),
)

prices = Table(
    "prices",
    metadata,
    Column("variant_id", ForeignKey("variants.variant_id"), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("list_cents", BigInteger, nullable=False),
    Column("sale_cents", BigInteger),
    Column("sale_from", UtcDateTime),
    Column("sale_until", UtcDateTime),
    # NULL where the source does not say.
    Column("includes_tax", Boolean),
    Column("updated_at", UtcDateTime, nullable=False),
)

stock = Table(
    "stock",
    metadata,
    Column("variant_id", ForeignKey("variants.variant_id"), primary_key=True),
    # NULL: not counted.
    Column("pieces", Integer),
    Column("backorder", Boolean, nullable=False, server_default=false()),
    Column("updated_at", UtcDateTime, nullable=False),
)

shipments = Table(
    "shipments",
    metadata,
    Column("order_id", ForeignKey("orders.order_id"), primary_key=True),
    Column("shipment_id", String(64), primary_key=True),
    Column("carrier", String(128), nullable=False, server_default=""),
    Column("tracking_number", String(128), nullable=False, server_default=""),
    Column("tracking_url", String(2048), nullable=False, server_default=""),
    Column("state", String(32), nullable=False),
    Column("shipped_at", UtcDateTime),
    Column("promised_from", UtcDateTime),
    Column("promised_until", UtcDateTime),
    Column("delivered_at", UtcDateTime),
)

refunds = Table(
    "refunds",
    metadata,
    Column("order_id", ForeignKey("orders.order_id"), primary_key=True),
    Column("refund_id", String(64), primary_key=True),
    Column("cents", BigInteger, nullable=False),
    Column("refunded_at", UtcDateTime),
)

customer_aliases = Table(
    "customer_aliases",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("external_id", String(128), primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Index(None, "customer_id"),
)
