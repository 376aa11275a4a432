"""Categories and products as `domain.catalogue.product_words` takes them."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.catalogue.product_words import NamedCategory, TitledProduct
from promo_engine.storage.tables.shop_tables import variants
from promo_engine.storage.tables.shopping_tables import product_categories, products


async def read_titled_products(
    engine: AsyncEngine, *, language: str
) -> tuple[list[NamedCategory], list[TitledProduct]]:
    """Active categories, labelled in the language or else in the one that comes first, and active products.

    The id of a category is the shop's own name of it.
    """
    async with engine.connect() as connection:
        rows = (await connection.execute(select(product_categories))).all()
        options: dict[str, set[str]] = defaultdict(set)
        query = select(variants.c.product_id, variants.c.options).where(variants.c.status == "active")
        for product_id, named in await connection.execute(query):
            options[product_id].update(named.values())
        listed = (
            await connection.execute(
                select(products.c.product_id, products.c.title, products.c.brand, products.c.category_id)
                .where(products.c.status == "active", products.c.title != "")
                .order_by(products.c.product_id)
            )
        ).all()
    own_name = {row.category_id: row.name for row in rows}
    categories = [
        NamedCategory(
            row.name,
            row.names.get(language) or next(iter(row.names.values()), row.name),
            own_name.get(row.parent_id),
        )
        for row in rows
        if row.active
    ]
    titled = [
        TitledProduct(row.title, own_name.get(row.category_id), (row.brand, *sorted(options[row.product_id])))
        for row in listed
    ]
    return categories, titled
