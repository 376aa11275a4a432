"""The shop's products and their variants in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.codecs.shop_item_codec import hash_without_prices
from promo_engine.domain.catalogue.shop_catalogue import ListingStatus, ShopPrice, ShopProduct, ShopVariant
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult
from promo_engine.storage.repositories.shop.catalogue_stamps import renew_products_stamp
from promo_engine.storage.repositories.shop_items.shop_writes import (
    StoredItem,
    compare,
    find_stored,
    in_parts,
    refused,
    upsert,
)
from promo_engine.storage.repositories.shop_items.sql_shop_categories import category_ids
from promo_engine.storage.repositories.shop_items.sql_shop_prices import (
    confirm_prices,
    find_prices,
    store_prices,
    store_stock,
)
from promo_engine.storage.tables import external_ids, products, variants


async def store_products(
    connection: AsyncConnection, items: Sequence[ShopProduct], *, source_id: str, at: datetime
) -> list[ItemAnswer]:
    """Add or change products with their variants, prices and stock."""
    hashes = {item.product_id: hash_without_prices(item) for item in items}
    stored = await find_stored(connection, products, products.c.product_id, hashes)
    categories = await category_ids(connection, {category for item in items for category in item.category_ids})
    owners = await _owners(connection, (variant.variant_id for item in items for variant in item.variants))
    same = [item for item in items if _hash_of(stored, item) == hashes[item.product_id]]
    known = await find_prices(connection, sorted({variant.variant_id for item in same for variant in item.variants}))
    answers: list[ItemAnswer] = []
    changed: list[ShopProduct] = []
    confirmed: list[ShopProduct] = []
    for item in items:
        refusal = _refusal(item, categories, owners)
        if refusal is not None:
            answers.append(refusal)
            continue
        of_now = hashes[item.product_id] if _has_prices(item, known) else ""
        result = compare(of_now, item.updated_at, stored.get(item.product_id))
        if result is StoreResult.STORED:
            changed.append(item)
            owners |= {variant.variant_id: item.product_id for variant in item.variants}
        elif result is StoreResult.UNCHANGED:
            confirmed.append(item)
        answers.append(ItemAnswer(item.product_id, result))
    product_rows = [_product_row(item, categories, hashes, source_id) for item in changed]
    await upsert(connection, products, ["product_id"], product_rows)
    await confirm_prices(connection, [variant for item in confirmed for variant in item.variants], at=at)
    await _archive_missing_variants(connection, changed)
    variant_rows = [_variant_row(item.product_id, variant) for item in changed for variant in item.variants]
    await upsert(connection, variants, ["variant_id"], variant_rows)
    await _store_other_names(connection, changed)
    sold = [variant for item in changed for variant in item.variants]
    await store_prices(connection, sold, at=at)
    await store_stock(connection, sold, at=at)
    if items:
        await renew_products_stamp(connection)
    return answers


def _hash_of(stored: Mapping[str, StoredItem], item: ShopProduct) -> str | None:
    return stored[item.product_id].content_hash if item.product_id in stored else None


def _has_prices(item: ShopProduct, known: Mapping[tuple[str, str], ShopPrice]) -> bool:
    named = [(variant.variant_id, price) for variant in item.variants for price in variant.prices]
    return all(known.get((variant_id, price.currency)) == price for variant_id, price in named)


async def archive_product(connection: AsyncConnection, product_id: str) -> bool:
    """Take a product out of the shop."""
    values = {"status": ListingStatus.ARCHIVED.value, "content_hash": ""}
    found = await connection.execute(update(products).where(products.c.product_id == product_id).values(**values))
    of_it = variants.c.product_id == product_id
    await connection.execute(update(variants).where(of_it).values(status=ListingStatus.ARCHIVED.value))
    if found.rowcount:
        await renew_products_stamp(connection)
    return bool(found.rowcount)


async def product_ids_of(connection: AsyncConnection, source_id: str) -> set[str]:
    """Products that a source reported and that are not archived."""
    query = select(products.c.product_id).where(
        products.c.source_id == source_id, products.c.status != ListingStatus.ARCHIVED.value
    )
    return set((await connection.execute(query)).scalars())


def _refusal(item: ShopProduct, categories: Mapping[str, int], owners: Mapping[str, str]) -> ItemAnswer | None:
    """Why a product cannot be stored: an unknown category, or a variant that belongs to another product."""
    for category in item.category_ids:
        if category not in categories:
            return refused(item.product_id, "category_ids", f"there is no category {category}")
    for variant in item.variants:
        owner = owners.get(variant.variant_id, item.product_id)
        if owner != item.product_id:
            reason = f"the variant {variant.variant_id} belongs to the product {owner}"
            return refused(item.product_id, "variants", reason)
    return None


async def _owners(connection: AsyncConnection, variant_ids: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in in_parts(sorted(set(variant_ids))):
        query = select(variants.c.variant_id, variants.c.product_id).where(variants.c.variant_id.in_(some))
        found |= {row.variant_id: row.product_id for row in await connection.execute(query)}
    return found


async def _store_other_names(connection: AsyncConnection, items: Sequence[ShopProduct]) -> None:
    rows = [
        {"external_id": item.external_id, "kind": "product", "item_id": item.product_id}
        for item in items
        if item.external_id
    ]
    rows += [
        {"external_id": name, "kind": "variant", "item_id": variant.variant_id}
        for item in items
        for variant in item.variants
        for name in variant.external_ids
    ]
    await upsert(connection, external_ids, ["external_id", "kind"], rows)


async def _archive_missing_variants(connection: AsyncConnection, items: Sequence[ShopProduct]) -> None:
    kept = {variant.variant_id for item in items for variant in item.variants}
    gone: list[str] = []
    for some in in_parts([item.product_id for item in items]):
        query = select(variants.c.variant_id).where(variants.c.product_id.in_(some))
        gone += [variant_id for variant_id in (await connection.execute(query)).scalars() if variant_id not in kept]
    for some in in_parts(gone):
        await connection.execute(
            update(variants).where(variants.c.variant_id.in_(some)).values(status=ListingStatus.ARCHIVED.value)
        )


def _product_row(
    item: ShopProduct, categories: Mapping[str, int], hashes: Mapping[str, str], source_id: str
) -> dict[str, Any]:
    costs = [variant.unit_cost_cents for variant in item.variants if variant.unit_cost_cents is not None]
    return {
        "product_id": item.product_id,
        "category_id": categories[item.category_ids[0]] if item.category_ids else None,
        "brand": item.brand[:64],
        "product_type": item.title[:128],
        "unit_cost_cents": max(costs, default=None),
        "title": item.title,
        "url": item.url,
        "image_url": item.image_url,
        "categories": list(item.category_ids),
        "attributes": dict(item.attributes),
        "status": item.status.value,
        "shop_updated_at": item.updated_at,
        "source_id": source_id,
        "content_hash": hashes[item.product_id],
    }


def _variant_row(product_id: str, variant: ShopVariant) -> dict[str, Any]:
    return {
        "variant_id": variant.variant_id,
        "product_id": product_id,
        "sku": variant.sku,
        "gtin": variant.gtin,
        "options": dict(variant.options),
        "image_url": variant.image_url,
        "status": variant.status.value,
        "unit_cost_cents": variant.unit_cost_cents,
    }
