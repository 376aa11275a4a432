"""Variants and prices for the imported Complete Journey data, where they had been averages of what was paid.

Of other shops nothing is changed: what their sources did not report has no price.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_NAME = "completejourney"
_imports = sa.table("imports", sa.column("name"), sa.column("finished_at", _TIME))
_products = sa.table(
    "products", sa.column("product_id"), sa.column("category_id"), sa.column("status"), sa.column("source_id")
)
_variants = sa.table("variants", sa.column("variant_id"), sa.column("product_id"), sa.column("status"))
_prices = sa.table(
    "prices",
    sa.column("variant_id"),
    sa.column("currency"),
    sa.column("list_cents", sa.BigInteger()),
    sa.column("updated_at", _TIME),
)
_orders = sa.table("orders", sa.column("order_id"), sa.column("placed_at", _TIME))
_purchases = sa.table(
    "purchases",
    sa.column("order_id"),
    sa.column("product_id"),
    sa.column("quantity"),
    sa.column("sales_cents"),
    sa.column("retail_discount_cents"),
    sa.column("coupon_discount_cents"),
)


def upgrade() -> None:
    """Give each product one variant, and what sold in the last four weeks its price; the rest is archived."""
    connection = op.get_bind()
    imported = connection.scalar(sa.select(_imports.c.finished_at).where(_imports.c.name == _NAME))
    newest = connection.scalar(sa.select(sa.func.max(_orders.c.placed_at)))
    if imported is None or newest is None:
        return
    ours = sa.and_(_products.c.source_id.is_(None), _products.c.status == "active")
    connection.execute(_products.update().where(ours).values(source_id=_NAME))
    columns = (_products.c.product_id, _products.c.product_id.label("of"), sa.literal("active").label("status"))
    from_demo = _products.c.source_id == _NAME
    connection.execute(
        _variants.insert().from_select(["variant_id", "product_id", "status"], sa.select(*columns).where(from_demo))
    )
    connection.execute(
        _prices.insert().from_select(["variant_id", "currency", "list_cents", "updated_at"], _paid(newest))
    )
    priced = sa.select(_prices.c.variant_id)
    gone = sa.and_(from_demo, _products.c.product_id.not_in(priced))
    connection.execute(_products.update().where(gone).values(status="archived"))
    of_gone = sa.select(_products.c.product_id).where(_products.c.status == "archived")
    connection.execute(_variants.update().where(_variants.c.product_id.in_(of_gone)).values(status="archived"))


def _paid(newest: datetime) -> sa.Select[tuple[object, ...]]:
    """What a piece cost on average before discounts; no petrol by the gallon, no deposits, no vouchers."""
    paid = _purchases.c.sales_cents + _purchases.c.retail_discount_cents + _purchases.c.coupon_discount_cents
    whole, pieces = (sa.cast(sa.func.sum(each), sa.BigInteger()) for each in (paid, _purchases.c.quantity))
    # Whole numbers: the databases round halves of others in different ways.
    cents = (2 * whole + pieces) // (2 * pieces)
    return (
        sa.select(
            _purchases.c.product_id,
            sa.literal("USD"),
            cents,
            sa.literal(datetime.now(UTC), _TIME),
        )
        .join(_orders, _orders.c.order_id == _purchases.c.order_id)
        .join(_products, _products.c.product_id == _purchases.c.product_id)
        .where(
            _orders.c.placed_at > newest - timedelta(days=28),
            _purchases.c.quantity > 0,
            _products.c.source_id == _NAME,
            _products.c.category_id.is_not(None),
        )
        .group_by(_purchases.c.product_id)
        .having(cents.between(20, 10_000))
    )


def downgrade() -> None:
    """Take them away again; the older version averages what was paid."""
    of_demo = sa.select(_products.c.product_id).where(_products.c.source_id == _NAME)
    connection = op.get_bind()
    variants = sa.select(_variants.c.variant_id).where(_variants.c.product_id.in_(of_demo))
    connection.execute(_prices.delete().where(_prices.c.variant_id.in_(variants)))
    connection.execute(_variants.delete().where(_variants.c.product_id.in_(of_demo)))
    connection.execute(_products.update().where(_products.c.source_id == _NAME).values(source_id=None, status="active"))
