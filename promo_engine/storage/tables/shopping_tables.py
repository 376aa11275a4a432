"""Customers, products, orders and what the imported year knows of past promotions."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, false, true

from common.tables import UtcDateTime
from promo_engine.storage.tables.base import metadata

customers = Table(
    "customers",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("demographics", JSON, nullable=False, default=dict),
    Column("created_at", UtcDateTime, nullable=False),
    # Names of the shop's own groups of customers, for the conditions of offers.
    Column("segments", JSON, nullable=False, server_default="[]"),
    Column("email_hash", String(64), nullable=False, server_default=""),
    # Of name and postcode together, to find who is not signed in.
    Column("name_hash", String(64), nullable=False, server_default=""),
    Column("country", String(2), nullable=False, server_default=""),
    Column("currency", String(3), nullable=False, server_default=""),
    Column("locale", String(16), nullable=False, server_default=""),
    # Made from an order, never reported by the shop as a customer of its own.
    Column("guest", Boolean, nullable=False, server_default=false()),
    # NULL where the shop does not say.
    Column("marketing_consent", Boolean),
    Column("content_hash", String(64), nullable=False, server_default=""),
    # Who reported them first; NULL where nobody knows.
    Column("source_id", String(64)),
    # The customer that this one turned out to be: everything of theirs is there.
    Column("merged_into", String(64)),
    Index(None, "email_hash"),
    Index(None, "name_hash"),
    Index(None, "merged_into"),
    Index(None, "source_id"),
)

product_categories = Table(
    "product_categories",
    metadata,
    # 0, 1, 2 …, never used again; `model_categories` says which of them a user model's vectors hold.
    Column("category_id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(128), nullable=False, unique=True),
    # The shop's own id; NULL for categories that a demo data set brought.
    Column("external_id", String(256), unique=True, index=True),
    Column("parent_id", Integer),
    # By locale.
    Column("names", JSON, nullable=False, server_default="{}"),
    Column("active", Boolean, nullable=False, server_default=true()),
)

UNLISTED = "unlisted"
"""Status of a product that only an order speaks of."""

products = Table(
    "products",
    metadata,
    Column("product_id", String(64), primary_key=True),
    # A few products of the imported data have no category; they take part in orders, not in learning.
    Column("category_id", ForeignKey("product_categories.category_id")),
    Column("department", String(128), nullable=False, default=""),
    Column("brand", String(64), nullable=False, default=""),
    Column("product_type", String(128), nullable=False, default=""),
    Column("package_size", String(64), nullable=False, default=""),
    # What a piece costs the shop, without tax; NULL where that is not known.
    Column("unit_cost_cents", BigInteger),
    Column("title", String(512), nullable=False, server_default=""),
    Column("url", String(2048), nullable=False, server_default=""),
    Column("image_url", String(2048), nullable=False, server_default=""),
    # External ids, the primary one first.
    Column("categories", JSON, nullable=False, server_default="[]"),
    Column("attributes", JSON, nullable=False, server_default="{}"),
    # `unlisted`: known from an order alone.
    Column("status", String(16), nullable=False, server_default="active"),
    Column("shop_updated_at", UtcDateTime),
    Column("source_id", String(64)),
    Column("content_hash", String(64), nullable=False, server_default=""),
)

orders = Table(
    "orders",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("total_cents", BigInteger, nullable=False),
    # For orders of a demo data set, a change that its shop confirmed: `cancelled` or `return_requested`.
    Column("override_state", String(32)),
    # What the customer knows the order by, and the form in which numbers are compared.
    Column("number", String(64), nullable=False, server_default=""),
    Column("number_key", String(64), nullable=False, server_default=""),
    Column("currency", String(3), nullable=False, server_default=""),
    # As the shop reported it; NULL where no shop did. Of a demo source's orders the state then follows from their age.
    Column("shop_state", String(32)),
    Column("payment", String(64), nullable=False, server_default=""),
    Column("goods_cents", BigInteger, nullable=False, server_default="0"),
    Column("discount_cents", BigInteger, nullable=False, server_default="0"),
    Column("delivery_cents", BigInteger, nullable=False, server_default="0"),
    Column("tax_cents", BigInteger, nullable=False, server_default="0"),
    Column("codes", JSON, nullable=False, server_default="[]"),
    # What somebody who is not signed in proves the order with; the postcode's is salted with the order's number.
    Column("email_hash", String(64), nullable=False, server_default=""),
    Column("postcode_hash", String(64), nullable=False, server_default=""),
    Column("cancelled_at", UtcDateTime),
    Column("shop_updated_at", UtcDateTime),
    Column("source_id", String(64)),
    Column("content_hash", String(64), nullable=False, server_default=""),
    # The customer was forgotten: whoever a later report names, the order has none.
    Column("redacted", Boolean, nullable=False, server_default=false()),
    Index(None, "customer_id", "placed_at"),
    Index(None, "number_key"),
)

purchases = Table(
    "purchases",
    metadata,
    Column("order_id", ForeignKey("orders.order_id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("product_id", ForeignKey("products.product_id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("sales_cents", BigInteger, nullable=False),
    Column("retail_discount_cents", BigInteger, nullable=False, default=0),
    Column("coupon_discount_cents", BigInteger, nullable=False, default=0),
    # As it was bought; the product may have another title today, or none.
    Column("title", String(512), nullable=False, server_default=""),
    Column("variant_id", String(128)),
)

past_promotions = Table(
    "past_promotions",
    metadata,
    Column("past_promotion_id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
)

past_promotion_coupons = Table(
    "past_promotion_coupons",
    metadata,
    Column("past_promotion_id", ForeignKey("past_promotions.past_promotion_id"), primary_key=True),
    Column("coupon_id", String(64), primary_key=True),
    Column("product_id", ForeignKey("products.product_id"), primary_key=True),
)

past_promotion_targetings = Table(
    "past_promotion_targetings",
    metadata,
    Column("past_promotion_id", ForeignKey("past_promotions.past_promotion_id"), primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), primary_key=True),
)

past_promotion_redemptions = Table(
    "past_promotion_redemptions",
    metadata,
    Column("redemption_id", Integer, primary_key=True),
    Column("past_promotion_id", ForeignKey("past_promotions.past_promotion_id"), nullable=False),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("coupon_id", String(64), nullable=False),
    Column("redeemed_at", UtcDateTime, nullable=False),
)

customer_events = Table(
    "customer_events",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("body", JSON, nullable=False),
)

imports = Table(
    "imports",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("shift_seconds", BigInteger, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
)
