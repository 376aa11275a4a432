"""What the shop's variants cost, and how many there are, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.catalogue.shop_catalogue import ShopVariant
from promo_engine.storage.repositories.shop_items.shop_writes import in_parts, upsert
from promo_engine.storage.tables import prices, stock


async def store_prices(connection: AsyncConnection, items: Sequence[ShopVariant], *, at: datetime) -> None:
    """Add or change the prices of variants; those in currencies that a variant does not name stay."""
    rows = [
        {
            "variant_id": variant.variant_id,
            "currency": price.currency,
            "list_cents": price.list_cents,
            "sale_cents": price.sale_cents,
            "sale_from": price.sale_from,
            "sale_until": price.sale_until,
            "includes_tax": price.includes_tax,
            "updated_at": at,
        }
        for variant in items
        for price in variant.prices
    ]
    await upsert(connection, prices, ["variant_id", "currency"], rows)


async def confirm_prices(connection: AsyncConnection, items: Sequence[ShopVariant], *, at: datetime) -> None:
    """Make prices that were reported once more as fresh as this report."""
    priced: dict[str, list[str]] = {}
    for variant in items:
        for price in variant.prices:
            priced.setdefault(price.currency, []).append(variant.variant_id)
    for currency, variant_ids in priced.items():
        for some in in_parts(variant_ids):
            of_them = (prices.c.currency == currency, prices.c.variant_id.in_(some), prices.c.updated_at < at)
            await connection.execute(update(prices).where(*of_them).values(updated_at=at))


async def store_stock(connection: AsyncConnection, items: Sequence[ShopVariant], *, at: datetime) -> None:
    """Add or change the stock of variants; one whose stock is not told keeps what is there."""
    rows = [
        {
            "variant_id": variant.variant_id,
            "pieces": variant.stock.pieces,
            "backorder": variant.stock.backorder,
            "updated_at": at,
        }
        for variant in items
        if variant.stock is not None
    ]
    await upsert(connection, stock, ["variant_id"], rows)
