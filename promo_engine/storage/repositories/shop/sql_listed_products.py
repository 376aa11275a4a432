"""What the shop sells now in one currency, and which products sell best."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.catalogue.listed_products import ListedCatalogue, ListedProduct, ListedVariant
from promo_engine.domain.catalogue.shop_catalogue import DEMO_SOURCES, ListingStatus
from promo_engine.storage.tables import (
    orders,
    prices,
    product_categories,
    products,
    purchases,
    stock,
    variants,
)


async def sold_lately(connection: AsyncConnection, *, within: timedelta) -> dict[str, int]:
    """Count the lines of each product in the newest orders; `within` goes back from the newest one."""
    newest = await connection.scalar(select(func.max(orders.c.placed_at)))
    if newest is None:
        return {}
    query = (
        select(purchases.c.product_id, func.count().label("lines"))
        .join(orders, orders.c.order_id == purchases.c.order_id)
        .where(orders.c.placed_at > newest - within, purchases.c.quantity > 0)
        .group_by(purchases.c.product_id)
    )
    return {row.product_id: row.lines for row in await connection.execute(query)}


async def listed(
    connection: AsyncConnection, *, currency: str, at: datetime, max_age: timedelta, tree: CategoryTree
) -> ListedCatalogue:
    """Read every active product with its price at a moment.

    The database picks the variant, so that a shop with hundreds of thousands of them costs a row a product here.
    """
    rows = await connection.execute(_products(currency, at))
    found = [dict(row._mapping) for row in rows]
    above = {category_id: tree.above(category_id) for category_id in {values["category_id"] for values in found}}
    return ListedCatalogue(
        products=tuple(
            _product(values | {"above": above[values["category_id"]]}, oldest=at - max_age) for values in found
        ),
        next_change=await _next_change(connection, currency, at),
        has_variants=(await connection.execute(select(variants.c.variant_id).limit(1))).first() is not None,
    )


async def variants_of(
    connection: AsyncConnection, product_id: str, *, currency: str, at: datetime, max_age: timedelta
) -> list[ListedVariant]:
    """Read the active variants of an active product, by variant_id."""
    query = (
        select(
            variants.c.variant_id,
            variants.c.options,
            _cents_at(at).label("cents"),
            case((_sellable(), 1), else_=0).label("sellable"),
            prices.c.updated_at,
            products.c.source_id,
        )
        .join(products, products.c.product_id == variants.c.product_id)
        .outerjoin(prices, and_(prices.c.variant_id == variants.c.variant_id, prices.c.currency == currency))
        .outerjoin(stock, stock.c.variant_id == variants.c.variant_id)
        .where(
            variants.c.product_id == product_id,
            variants.c.status == ListingStatus.ACTIVE.value,
            products.c.status == ListingStatus.ACTIVE.value,
        )
        .order_by(variants.c.variant_id)
    )
    found = []
    for row in await connection.execute(query):
        ages = row.source_id not in DEMO_SOURCES
        stale = ages and row.updated_at is not None and row.updated_at < at - max_age
        found.append(ListedVariant(row.variant_id, row.options, None if stale else row.cents, bool(row.sellable)))
    return found


def _product(values: dict[str, Any], *, oldest: datetime) -> ListedProduct:
    price, updated_at = values.pop("cents"), values.pop("updated_at")
    in_stock, ages = bool(values.pop("buyable")), values.pop("source_id") not in DEMO_SOURCES
    stale = ages and updated_at is not None and updated_at < oldest
    return ListedProduct(
        **values | ({"highest_cents": None} if stale else {}),
        price_cents=None if stale else price,
        in_stock=in_stock,
        on_sale=in_stock and price is not None,
    )


def _products(currency: str, at: datetime) -> Select[tuple[object, ...]]:
    ranked = _ranked_variants(currency, at).cte("ranked")
    return (
        select(
            products.c.product_id,
            products.c.title,
            products.c.category_id,
            func.coalesce(product_categories.c.name, "").label("category"),
            products.c.product_type,
            func.nullif(products.c.brand, "").label("brand"),
            products.c.url,
            func.coalesce(func.nullif(products.c.image_url, ""), ranked.c.image_url).label("image_url"),
            ranked.c.variant_id,
            ranked.c.variant_count,
            ranked.c.cents,
            ranked.c.highest_cents,
            ranked.c.buyable,
            ranked.c.updated_at,
            products.c.source_id,
        )
        .join(ranked, and_(ranked.c.product_id == products.c.product_id, ranked.c.place == 1))
        .outerjoin(product_categories, product_categories.c.category_id == products.c.category_id)
        .where(products.c.status == ListingStatus.ACTIVE.value)
        .order_by(products.c.product_id)
    )


def _ranked_variants(currency: str, at: datetime) -> Select[tuple[object, ...]]:
    """Number the active variants of each product: what can be bought first, with a price first, the cheapest first."""
    buyable = case((_sellable(), 1), else_=0)
    cents = _cents_at(at)
    alike = (variants.c.product_id, buyable)
    best_first = (buyable.desc(), case((cents.is_(None), 1), else_=0), cents, variants.c.variant_id)
    return (
        select(
            variants.c.product_id,
            variants.c.variant_id,
            variants.c.image_url,
            buyable.label("buyable"),
            cents.label("cents"),
            prices.c.updated_at,
            func.max(cents).over(partition_by=alike).label("highest_cents"),
            func.count(cents).over(partition_by=alike).label("variant_count"),
            func.row_number().over(partition_by=variants.c.product_id, order_by=best_first).label("place"),
        )
        .outerjoin(prices, and_(prices.c.variant_id == variants.c.variant_id, prices.c.currency == currency))
        .outerjoin(stock, stock.c.variant_id == variants.c.variant_id)
        .where(variants.c.status == ListingStatus.ACTIVE.value)
    )


def _sellable() -> ColumnElement[bool]:
    """`ShopStock.sellable` in SQL; no row, and pieces that are not counted, are no reason to refuse a sale."""
    return or_(stock.c.pieces.is_(None), stock.c.pieces > 0, stock.c.backorder)


def _cents_at(at: datetime) -> ColumnElement[int]:
    """`ShopPrice.cents_at` in SQL."""
    moment = literal(at, prices.c.updated_at.type)
    sale_runs = and_(
        prices.c.sale_cents < prices.c.list_cents,
        or_(prices.c.sale_from.is_(None), prices.c.sale_from <= moment),
        or_(prices.c.sale_until.is_(None), prices.c.sale_until > moment),
    )
    return case((sale_runs, prices.c.sale_cents), else_=prices.c.list_cents)


async def _next_change(connection: AsyncConnection, currency: str, at: datetime) -> datetime | None:
    moments = []
    for column in (prices.c.sale_from, prices.c.sale_until):
        query = select(func.min(column)).where(
            prices.c.currency == currency, prices.c.sale_cents.is_not(None), column > at
        )
        moments.append(await connection.scalar(query))
    return min((moment for moment in moments if moment is not None), default=None)
