"""The lines of the shop's orders in SQL, and the products that only they speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.customers.shop_orders import ShopOrder, ShopOrderLine
from promo_engine.storage.repositories.shop_items.shop_writes import in_parts, insert_missing, insert_rows
from promo_engine.storage.tables import external_ids, products, purchases, variants
from promo_engine.storage.tables.shopping_tables import UNLISTED


async def store_lines(connection: AsyncConnection, items: Sequence[ShopOrder]) -> None:
    """Add the lines of orders that have none yet."""
    product_of = await _products_of_lines(connection, [line for item in items for line in item.lines])
    await insert_rows(connection, purchases, [row for item in items for row in _line_rows(item, product_of)])


def unlisted_id(key: str, title: str) -> str:
    """The id of a product that only an order speaks of: its SKU, else a hash of its title."""
    return key[:64] if key else f"title:{sha256(title.encode()).hexdigest()[:16]}"


async def _products_of_lines(connection: AsyncConnection, lines: Sequence[ShopOrderLine]) -> dict[tuple[str, str], str]:
    """By (variant or SKU, title): the product; one that nobody knows is made from the line."""
    found: dict[str, str] = {}
    for some in in_parts(sorted({key for line in lines for key in (line.variant_id, line.sku) if key})):
        for column in (variants.c.sku, variants.c.variant_id):
            query = select(column, variants.c.product_id).where(column.in_(some))
            found |= {row[0]: row.product_id for row in await connection.execute(query)}
        called = (
            select(external_ids.c.external_id, variants.c.product_id)
            .join(variants, variants.c.variant_id == external_ids.c.item_id)
            .where(external_ids.c.kind == "variant", external_ids.c.external_id.in_(some))
        )
        found |= {row.external_id: row.product_id for row in await connection.execute(called)}
    product_of: dict[tuple[str, str], str] = {}
    made: dict[str, str] = {}
    for line in lines:
        key = line.variant_id or line.sku
        product_id = found.get(line.variant_id or "") or found.get(line.sku)
        if product_id is None:
            product_id = unlisted_id(key, line.title)
            made.setdefault(product_id, line.title)
        product_of[key, line.title] = product_id
    rows = [
        {"product_id": product_id, "title": title[:512], "product_type": title[:128], "status": UNLISTED}
        for product_id, title in made.items()
    ]
    await insert_missing(connection, products, "product_id", rows)
    return product_of


def _line_rows(item: ShopOrder, product_of: Mapping[tuple[str, str], str]) -> Iterable[dict[str, Any]]:
    for number, line in enumerate(item.lines, start=1):
        yield {
            "order_id": item.order_id,
            "line": number,
            "product_id": product_of[line.variant_id or line.sku, line.title],
            "quantity": line.quantity,
            "sales_cents": line.line_cents,
            "retail_discount_cents": 0,
            "coupon_discount_cents": line.discount_cents,
            "title": line.title[:512],
            "variant_id": line.variant_id,
        }
