"""The categories that sell best, for offers to begin with, and what products cost where there are no categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.storage.tables.shop_tables import prices, variants
from promo_engine.storage.tables.shopping_tables import product_categories, products, purchases


@dataclass(frozen=True)
class CategoryPrice:
    """A category with the middle one of its list prices, in cents."""

    name: str
    label: str
    middle_cents: int


async def best_categories(engine: AsyncEngine, *, currency: str, count: int) -> Sequence[CategoryPrice]:
    """The categories in most order lines first; without orders those with most products. Unpriced ones are left out."""
    lines = func.count(purchases.c.line)
    ranked = (
        select(product_categories, lines.label("lines"))
        .join(products, products.c.category_id == product_categories.c.category_id)
        .join(purchases, purchases.c.product_id == products.c.product_id, isouter=True)
        .where(product_categories.c.active, products.c.status == "active")
        .group_by(product_categories.c.category_id)
        .order_by(lines.desc(), func.count(products.c.product_id.distinct()).desc(), product_categories.c.category_id)
    )
    listed = (
        select(products.c.category_id, prices.c.list_cents)
        .join(variants, variants.c.product_id == products.c.product_id)
        .join(prices, prices.c.variant_id == variants.c.variant_id)
        .where(prices.c.currency == currency, variants.c.status == "active")
    )
    async with engine.connect() as connection:
        cents: dict[int, list[int]] = {}
        for category_id, list_cents in await connection.execute(listed):
            cents.setdefault(category_id, []).append(list_cents)
        rows = (await connection.execute(ranked)).all()
    return [
        CategoryPrice(row.name, next(iter(row.names.values()), row.name), int(median(cents[row.category_id])))
        for row in rows
        if row.category_id in cents
    ][:count]


async def middle_price(engine: AsyncEngine, *, currency: str) -> int | None:
    """The middle one of the list prices of what is on sale, in cents; None where nothing is."""
    listed = (
        select(prices.c.list_cents)
        .join(variants, variants.c.variant_id == prices.c.variant_id)
        .join(products, products.c.product_id == variants.c.product_id)
        .where(prices.c.currency == currency, variants.c.status == "active", products.c.status == "active")
    )
    async with engine.connect() as connection:
        found = list((await connection.execute(listed)).scalars())
    return int(median(found)) if found else None
