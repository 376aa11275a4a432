"""Everything that a source wrote, deleted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.catalogue.shop_catalogue import ListingStatus
from promo_engine.storage.repositories.connections.person_rows import tables_of_orders
from promo_engine.storage.repositories.shop.catalogue_stamps import renew_products_stamp
from promo_engine.storage.tables import (
    external_ids,
    orders,
    past_promotion_coupons,
    prices,
    products,
    purchases,
    shop_sources,
    stock,
    variants,
    webhook_deliveries,
)


async def forget_source(connection: AsyncConnection, source_id: str) -> dict[str, int]:
    """Delete orders, products and messages of a source, and the source; how many rows, by table.

    A product that orders of other sources hold stays, archived and without its shop's texts.
    """
    counts: dict[str, int] = {}

    async def drop(table: Table, chosen: Any) -> None:
        found = await connection.execute(delete(table).where(chosen))
        counts[table.name] = counts.get(table.name, 0) + found.rowcount

    placed = select(orders.c.order_id).where(orders.c.source_id == source_id)
    for table in tables_of_orders():
        await drop(table, table.c.order_id.in_(placed))
    await drop(orders, orders.c.source_id == source_id)
    of_source = select(products.c.product_id).where(products.c.source_id == source_id)
    sold = select(variants.c.variant_id).where(variants.c.product_id.in_(of_source))
    await drop(external_ids, external_ids.c.item_id.in_(sold))
    await drop(external_ids, external_ids.c.item_id.in_(of_source))
    for table in (prices, stock):
        await drop(table, table.c.variant_id.in_(sold))
    await drop(variants, variants.c.product_id.in_(of_source))
    await renew_products_stamp(connection)
    held = exists().where(purchases.c.product_id == products.c.product_id)
    promoted = exists().where(past_promotion_coupons.c.product_id == products.c.product_id)
    await drop(products, products.c.product_id.in_(of_source) & ~held & ~promoted)
    await connection.execute(
        update(products)
        .where(products.c.source_id == source_id)
        .values(
            status=ListingStatus.ARCHIVED.value,
            content_hash="",
            title="",
            url="",
            image_url="",
            attributes={},
            source_id=None,
        )
    )
    await drop(webhook_deliveries, webhook_deliveries.c.source_id == source_id)
    await drop(shop_sources, shop_sources.c.source_id == source_id)
    return counts
