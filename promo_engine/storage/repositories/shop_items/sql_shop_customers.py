"""The shop's customers in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.codecs.shop_item_codec import content_hash
from promo_engine.domain.customers.shop_orders import ShopCustomer
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult
from promo_engine.storage.repositories.shop_items.shop_writes import compare, find_stored, upsert
from promo_engine.storage.tables import customer_aliases, customers


async def store_customers(
    connection: AsyncConnection, items: Sequence[ShopCustomer], *, source_id: str, at: datetime
) -> list[ItemAnswer]:
    """Add or change customers."""
    hashes = {item.customer_id: content_hash(item) for item in items}
    stored = await find_stored(connection, customers, customers.c.customer_id, hashes, updated_at=False)
    results = [compare(hashes[item.customer_id], None, stored.get(item.customer_id)) for item in items]
    changed = [item for item, result in zip(items, results, strict=True) if result is StoreResult.STORED]
    rows = [_customer_row(item, hashes[item.customer_id], source_id=source_id, at=at) for item in changed]
    await upsert(connection, customers, ["customer_id"], rows, keep=("demographics", "created_at", "source_id"))
    aliases = [
        {"source": source or source_id, "external_id": external_id, "customer_id": item.customer_id}
        for item in changed
        for source, external_id in item.aliases.items()
    ]
    await upsert(connection, customer_aliases, ["source", "external_id"], aliases)
    return [ItemAnswer(item.customer_id, result) for item, result in zip(items, results, strict=True)]


def _customer_row(item: ShopCustomer, content_hash: str, *, source_id: str, at: datetime) -> dict[str, Any]:
    return {
        "customer_id": item.customer_id,
        "demographics": {},
        "created_at": item.created_at or at,
        "segments": list(item.segments),
        "email_hash": item.email_hash,
        "name_hash": item.name_hash,
        "country": item.country,
        "currency": item.currency,
        "locale": item.locale,
        "guest": item.guest,
        "marketing_consent": item.marketing_consent,
        "content_hash": content_hash,
        "source_id": source_id,
        "merged_into": None,
    }
