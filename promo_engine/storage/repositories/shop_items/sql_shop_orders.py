"""The shop's orders in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.codecs.shop_item_codec import content_hash
from promo_engine.domain.customers.shop_orders import ShopOrder, number_key
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult
from promo_engine.storage.repositories.connections.order_states import renew_state
from promo_engine.storage.repositories.shop_items.shop_writes import (
    compare,
    find_stored,
    in_parts,
    insert_missing,
    upsert,
)
from promo_engine.storage.repositories.shop_items.sql_order_lines import store_lines
from promo_engine.storage.repositories.shop_items.sql_order_parts import delete_parts, store_parts
from promo_engine.storage.tables import customers, orders


async def store_orders(
    connection: AsyncConnection, items: Sequence[ShopOrder], *, source_id: str, at: datetime
) -> list[ItemAnswer]:
    """Add or change orders."""
    hashes = {item.order_id: content_hash(item) for item in items}
    stored = await find_stored(connection, orders, orders.c.order_id, hashes)
    results = [compare(hashes[item.order_id], item.shop_updated_at, stored.get(item.order_id)) for item in items]
    forgotten = await _redacted(connection, hashes)
    changed = [
        replace(item, customer_id=forgotten[item.order_id], email_hash="", postcode_hash="")
        if item.order_id in forgotten
        else item
        for item, result in zip(items, results, strict=True)
        if result is StoreResult.STORED
    ]
    await _add_guests(connection, changed, source_id=source_id, at=at)
    await upsert(connection, orders, ["order_id"], [_order_row(item, hashes, source_id) for item in changed])
    replaced = [item.order_id for item in changed if item.order_id in stored]
    newer = await delete_parts(connection, replaced, {item.order_id: item.shop_updated_at for item in changed})
    await store_lines(connection, changed)
    await store_parts(connection, changed, newer=newer)
    for order_id in sorted({order_id for _, order_id, _ in newer}):
        await renew_state(connection, order_id)
    return [ItemAnswer(item.order_id, result) for item, result in zip(items, results, strict=True)]


def customer_of(order: ShopOrder) -> str:
    """The customer of an order; one without a customer has a guest of its own."""
    return order.customer_id or f"guest:{order.order_id}"


async def _redacted(connection: AsyncConnection, order_ids: Collection[str]) -> dict[str, str]:
    """Orders whose customer was forgotten, with the customer in place of them, whomever a later report names."""
    found: dict[str, str] = {}
    for some in in_parts(sorted(order_ids)):
        query = select(orders.c.order_id, orders.c.customer_id).where(orders.c.order_id.in_(some), orders.c.redacted)
        found |= {row.order_id: row.customer_id for row in await connection.execute(query)}
    return found


async def _add_guests(connection: AsyncConnection, items: Sequence[ShopOrder], *, source_id: str, at: datetime) -> None:
    first_seen: dict[str, datetime] = {}
    for item in items:
        customer_id = customer_of(item)
        first_seen[customer_id] = min(first_seen.get(customer_id, item.placed_at), item.placed_at)
    rows = [
        {
            "customer_id": customer_id,
            "demographics": {},
            "created_at": min(seen, at),
            "segments": [],
            "guest": True,
            "source_id": source_id,
        }
        for customer_id, seen in first_seen.items()
    ]
    await insert_missing(connection, customers, "customer_id", rows)


def _order_row(item: ShopOrder, hashes: Mapping[str, str], source_id: str) -> dict[str, Any]:
    return {
        "order_id": item.order_id,
        "customer_id": customer_of(item),
        "placed_at": item.placed_at,
        "total_cents": item.total_cents,
        "number": item.number,
        "number_key": number_key(item.number),
        "currency": item.currency,
        "shop_state": item.state.value,
        "payment": item.payment,
        "goods_cents": item.goods_cents,
        "discount_cents": item.discount_cents,
        "delivery_cents": item.delivery_cents,
        "tax_cents": item.tax_cents,
        "codes": list(item.codes),
        "email_hash": item.email_hash,
        "postcode_hash": item.postcode_hash,
        "cancelled_at": item.cancelled_at,
        "shop_updated_at": item.shop_updated_at,
        "source_id": source_id,
        "content_hash": hashes[item.order_id],
    }
