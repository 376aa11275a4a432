"""Which products sell, and what a piece of each cost."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.catalogue.listed_products import ListedProduct
from promo_engine.storage.tables import orders, product_categories, products, purchases


async def selling(
    connection: AsyncConnection, *, within: timedelta, price_range_cents: tuple[int, int]
) -> tuple[ListedProduct, ...]:
    """Read the products of the newest orders with what a piece cost before discounts, those in most orders first."""
    newest = await connection.scalar(select(func.max(orders.c.placed_at)))
    if newest is None:
        return ()
    paid = purchases.c.sales_cents + purchases.c.retail_discount_cents + purchases.c.coupon_discount_cents
    sold = (
        select(
            purchases.c.product_id,
            cast(func.round(func.sum(paid) * 1.0 / func.sum(purchases.c.quantity)), Integer).label("price_cents"),
            func.count().label("sold"),
        )
        .join(orders, orders.c.order_id == purchases.c.order_id)
        .where(orders.c.placed_at > newest - within, purchases.c.quantity > 0)
        .group_by(purchases.c.product_id)
        .cte("sold")
    )
    query = (
        select(
            products.c.product_id,
            products.c.category_id,
            product_categories.c.name.label("category"),
            products.c.product_type,
            products.c.package_size,
            func.nullif(products.c.brand, "").label("brand"),
            sold.c.price_cents,
            sold.c.sold,
        )
        .join(sold, sold.c.product_id == products.c.product_id)
        .join(product_categories, product_categories.c.category_id == products.c.category_id)
        .where(sold.c.price_cents.between(*price_range_cents))
        .order_by(sold.c.sold.desc(), products.c.product_id)
    )
    return tuple(ListedProduct(**row._mapping) for row in await connection.execute(query))
