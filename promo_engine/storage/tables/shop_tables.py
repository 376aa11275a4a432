"""What a shop's sources write beside products and orders: variants, prices, stock, parcels, refunds, aliases."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

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
    # SHA-256 of the token: who reads the table cannot write with it. Empty: nothing writes as this source over HTTP.
    Column("token_hash", String(64), nullable=False, server_default=""),
    Column("scopes", JSON, nullable=False, server_default="[]"),
    Column("created_at", UtcDateTime),
    Column("disabled_at", UtcDateTime),
    # When the last pull began.
    Column("pulled_at", UtcDateTime),
    Index(None, "token_hash"),
)

# What shops sent, stored before it was answered; the order in which it came is the order in which it is worked off.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("source_id", String(64), nullable=False),
    Column("delivery_id", String(128), nullable=False),
    Column("topic", String(64), nullable=False),
    # As it was sent, names and addresses included; NULL once it is deleted.
    Column("body", LargeBinary),
    Column("received_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("last_error", Text, nullable=False, server_default=""),
    UniqueConstraint("source_id", "delivery_id"),
    CheckConstraint("state IN ('waiting', 'done', 'dead')", name="delivery_state_known"),
    Index(None, "state", "next_try_at"),
    Index(None, "received_at"),
)

privacy_requests = Table(
    "privacy_requests",
    metadata,
    Column("request_id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("requested_by", String(80), nullable=False),
    # Emptied once the gateway has done its part.
    Column("customer_ids", JSON, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("done_at", UtcDateTime),
    Column("counts", JSON, nullable=False),
    Column("export", JSON(none_as_null=True)),
    CheckConstraint("kind IN ('export', 'redact', 'redact_source', 'merge')", name="privacy_kind_known"),
    CheckConstraint("state IN ('gateway', 'done')", name="privacy_state_known"),
    Index(None, "state", "requested_at"),
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

# Other names of products and variants in the messages of their shop.
external_ids = Table(
    "external_ids",
    metadata,
    Column("external_id", String(128), primary_key=True),
    # Of a variant: `variant`, of a product: `product`.
    Column("kind", String(16), primary_key=True),
    Column("item_id", String(128), nullable=False),
    Index(None, "item_id"),
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
    # When the parcel alone was reported; NULL where it came with its order.
    Column("reported_at", UtcDateTime),
)

refunds = Table(
    "refunds",
    metadata,
    Column("order_id", ForeignKey("orders.order_id"), primary_key=True),
    Column("refund_id", String(64), primary_key=True),
    Column("cents", BigInteger, nullable=False),
    Column("refunded_at", UtcDateTime),
    # When the refund alone was reported; NULL where it came with its order.
    Column("reported_at", UtcDateTime),
)

customer_aliases = Table(
    "customer_aliases",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("external_id", String(128), primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Index(None, "customer_id"),
    Index(None, "external_id"),
)

change_requests = Table(
    "change_requests",
    metadata,
    Column("change_request_id", String(64), primary_key=True),
    Column("order_id", ForeignKey("orders.order_id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    # Not a foreign key: a customer may be forgotten, while the shop's answer still has to be found.
    Column("customer_id", String(64), nullable=False),
    Column("conversation_id", String(64), nullable=False, server_default=""),
    Column("lines", JSON, nullable=False, server_default="[]"),
    Column("reason", String(500), nullable=False, server_default=""),
    # The new address, until the shop has answered.
    Column("details", String(1000), nullable=False, server_default=""),
    # How it is paid or paid back, until the shop has answered.
    Column("payment", String(200), nullable=False, server_default=""),
    # What the customer was told that the new items cost more.
    Column("difference_cents", BigInteger),
    Column("shop_reference", String(128), nullable=False, server_default=""),
    Column("shop_reason", String(500), nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # NULL: nothing more is to be sent.
    Column("next_try_at", UtcDateTime),
    Column("last_error", String(500), nullable=False, server_default=""),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Index(None, "next_try_at"),
    Index(None, "state", "change_request_id"),
)
