"""What the shop's variants cost, and how many there are, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.catalogue.shop_catalogue import ShopPrice, ShopVariant
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


async def find_prices(connection: AsyncConnection, variant_ids: Sequence[str]) -> dict[tuple[str, str], ShopPrice]:
    """Return the prices of variants, by variant and currency."""
    columns = prices.c
    named = (columns.currency, columns.list_cents, columns.sale_cents, columns.sale_from, columns.sale_until)
    found: dict[tuple[str, str], ShopPrice] = {}
    for some in in_parts(variant_ids):
        query = select(columns.variant_id, *named, columns.includes_tax).where(columns.variant_id.in_(some))
        found |= {(row[0], row.currency): ShopPrice(*row[1:]) for row in await connection.execute(query)}
    return found


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
