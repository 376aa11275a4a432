"""The canonical shop in SQL. Every method works off a whole batch with a handful of statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Table, delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.codecs.shop_item_codec import content_hash
from promo_engine.domain.catalogue.shop_catalogue import ListingStatus, ShopCategory, ShopProduct, ShopVariant
from promo_engine.domain.customers.shop_orders import ShopCustomer, ShopOrder, ShopOrderLine, number_key
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult
from promo_engine.storage.repositories.connections.order_states import renew_state
from promo_engine.storage.repositories.shop.catalogue_stamps import renew_products_stamp
from promo_engine.storage.repositories.shop.sql_catalogue import SqlCatalogue
from promo_engine.storage.tables import (
    customer_aliases,
    customers,
    external_ids,
    orders,
    prices,
    product_categories,
    products,
    purchases,
    refunds,
    shipments,
    stock,
    variants,
)

UNLISTED = "unlisted"
"""Status of a product that only an order speaks of."""
_AT_ONCE = 400
"""Values in one IN: SQLite and PostgreSQL both take more, older SQLite does not."""


class SqlShop:
    """`ports.shop.shop_repository.ShopRepository` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def store_categories(self, items: Sequence[ShopCategory]) -> list[ItemAnswer]:
        """Add or change categories."""
        rows = (await self._connection.execute(select(product_categories))).all()
        known = {row.external_id: row for row in rows if row.external_id is not None}
        ids = {external_id: row.category_id for external_id, row in known.items()}
        taken = {row.name for row in rows}
        newest = max((row.category_id for row in rows), default=-1)
        answers: list[ItemAnswer] = []
        for item in items:
            if item.parent_id is not None and item.parent_id not in ids:
                answers.append(_refused(item.category_id, "parent_id", f"there is no category {item.parent_id}"))
                continue
            values = {
                "parent_id": None if item.parent_id is None else ids[item.parent_id],
                "names": dict(item.names),
                "active": item.active,
            }
            row = known.get(item.category_id)
            if row is None:
                newest += 1
                ids[item.category_id] = newest
                name = free_name(item.category_id, taken)
                await self._connection.execute(
                    insert(product_categories).values(
                        category_id=ids[item.category_id], name=name, external_id=item.category_id, **values
                    )
                )
            elif all(getattr(row, name) == value for name, value in values.items()):
                answers.append(ItemAnswer(item.category_id, StoreResult.UNCHANGED))
                continue
            else:
                of_it = product_categories.c.category_id == row.category_id
                await self._connection.execute(update(product_categories).where(of_it).values(**values))
            answers.append(ItemAnswer(item.category_id, StoreResult.STORED))
        if any(answer.result is StoreResult.STORED for answer in answers):
            # Engines that run keep the categories until this says that there are others.
            await SqlCatalogue(self._connection).touch("categories", at=datetime.now(UTC))
        return answers

    async def store_products(self, items: Sequence[ShopProduct], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        """Add or change products with their variants, prices and stock."""
        hashes = {item.product_id: content_hash(item) for item in items}
        known = await self._hashes(products, products.c.product_id, hashes)
        wanted = {category for item in items for category in item.category_ids}
        categories = await self._category_ids(wanted)
        owners = await self._owners(variant.variant_id for item in items for variant in item.variants)
        answers: list[ItemAnswer] = []
        changed: list[ShopProduct] = []
        confirmed: list[ShopProduct] = []
        for item in items:
            unknown = [category for category in item.category_ids if category not in categories]
            stolen = [
                variant.variant_id
                for variant in item.variants
                if owners.get(variant.variant_id, item.product_id) != item.product_id
            ]
            if unknown:
                answers.append(_refused(item.product_id, "category_ids", f"there is no category {unknown[0]}"))
            elif stolen:
                owner = owners[stolen[0]]
                reason = f"the variant {stolen[0]} belongs to the product {owner}"
                answers.append(_refused(item.product_id, "variants", reason))
            elif known.get(item.product_id, ("", None))[0] == hashes[item.product_id]:
                confirmed.append(item)
                answers.append(ItemAnswer(item.product_id, StoreResult.UNCHANGED))
            elif _is_older(item.updated_at, known.get(item.product_id)):
                answers.append(ItemAnswer(item.product_id, StoreResult.STALE))
            else:
                changed.append(item)
                owners |= {variant.variant_id: item.product_id for variant in item.variants}
                answers.append(ItemAnswer(item.product_id, StoreResult.STORED))
        await self._upsert(
            products, ["product_id"], [_product_row(item, categories, hashes, source_id) for item in changed]
        )
        await self._confirm_prices(confirmed, at)
        await self._archive_missing_variants(changed)
        every = [(item.product_id, variant) for item in changed for variant in item.variants]
        await self._upsert(
            variants, ["variant_id"], [_variant_row(product_id, variant) for product_id, variant in every]
        )
        await self._store_other_names(changed)
        await self._upsert(
            prices,
            ["variant_id", "currency"],
            [
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
                for _, variant in every
                for price in variant.prices
            ],
        )
        await self._upsert(
            stock,
            ["variant_id"],
            [
                {
                    "variant_id": variant.variant_id,
                    "pieces": variant.stock.pieces,
                    "backorder": variant.stock.backorder,
                    "updated_at": at,
                }
                for _, variant in every
                if variant.stock is not None
            ],
        )
        if items:
            await renew_products_stamp(self._connection)
        return answers

    async def _store_other_names(self, items: Sequence[ShopProduct]) -> None:
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
        await self._upsert(external_ids, ["external_id", "kind"], rows)

    async def _confirm_prices(self, items: Sequence[ShopProduct], at: datetime) -> None:
        """Make prices that were reported once more as fresh as this report."""
        priced: dict[str, list[str]] = {}
        for item in items:
            for variant in item.variants:
                for price in variant.prices:
                    priced.setdefault(price.currency, []).append(variant.variant_id)
        for currency, variant_ids in priced.items():
            for some in _in_parts(variant_ids):
                of_them = (prices.c.currency == currency, prices.c.variant_id.in_(some), prices.c.updated_at < at)
                await self._connection.execute(update(prices).where(*of_them).values(updated_at=at))

    async def store_customers(self, items: Sequence[ShopCustomer], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        """Add or change customers."""
        hashes = {item.customer_id: content_hash(item) for item in items}
        known = await self._hashes(customers, customers.c.customer_id, hashes, updated_at=False)
        changed = [item for item in items if known.get(item.customer_id, ("", None))[0] != hashes[item.customer_id]]
        await self._upsert(
            customers,
            ["customer_id"],
            [
                {
                    "customer_id": item.customer_id,
                    "demographics": {},
                    "created_at": item.created_at or at,
                    "segments": list(item.segments),
                    "email_hash": item.email_hash,
                    "country": item.country,
                    "currency": item.currency,
                    "locale": item.locale,
                    "guest": item.guest,
                    "marketing_consent": item.marketing_consent,
                    "content_hash": hashes[item.customer_id],
                    "source_id": source_id,
                    "merged_into": None,
                }
                for item in changed
            ],
            keep=("demographics", "created_at", "source_id"),
        )
        aliases = [
            {"source": source or source_id, "external_id": external_id, "customer_id": item.customer_id}
            for item in changed
            for source, external_id in item.aliases.items()
        ]
        await self._upsert(customer_aliases, ["source", "external_id"], aliases)
        stored = {item.customer_id for item in changed}
        return [
            ItemAnswer(item.customer_id, StoreResult.STORED if item.customer_id in stored else StoreResult.UNCHANGED)
            for item in items
        ]

    async def store_orders(self, items: Sequence[ShopOrder], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        """Add or change orders."""
        hashes = {item.order_id: content_hash(item) for item in items}
        known = await self._hashes(orders, orders.c.order_id, hashes)
        answers: list[ItemAnswer] = []
        changed: list[ShopOrder] = []
        for item in items:
            if known.get(item.order_id, ("", None))[0] == hashes[item.order_id]:
                answers.append(ItemAnswer(item.order_id, StoreResult.UNCHANGED))
            elif _is_older(item.shop_updated_at, known.get(item.order_id)):
                answers.append(ItemAnswer(item.order_id, StoreResult.STALE))
            else:
                changed.append(item)
                answers.append(ItemAnswer(item.order_id, StoreResult.STORED))
        forgotten = await self._redacted(hashes)
        changed = [replace(item, customer_id=forgotten.get(item.order_id, item.customer_id)) for item in changed]
        await self._add_guests(changed, source_id=source_id, at=at)
        product_of = await self._products_of_lines([line for item in changed for line in item.lines], at)
        await self._upsert(orders, ["order_id"], [_order_row(item, hashes, source_id) for item in changed])
        replaced = [item.order_id for item in changed if item.order_id in known]
        newer = await self._delete_parts(replaced, {item.order_id: item.shop_updated_at for item in changed})
        await self._insert(purchases, [row for item in changed for row in _line_rows(item, product_of)])
        parcels = [row for item in changed for row in _shipment_rows(item)]
        await self._insert(
            shipments, [row for row in parcels if (shipments, row["order_id"], row["shipment_id"]) not in newer]
        )
        await self._upsert(
            refunds,
            ["order_id", "refund_id"],
            [
                {
                    "order_id": item.order_id,
                    "refund_id": refund.refund_id,
                    "cents": refund.cents,
                    "refunded_at": refund.refunded_at,
                }
                for item in changed
                for refund in item.refunds
            ],
        )
        for order_id in sorted({order_id for _, order_id, _ in newer}):
            await renew_state(self._connection, order_id)
        return answers

    async def archive_product(self, product_id: str) -> bool:
        """Take a product out of the shop."""
        values = {"status": ListingStatus.ARCHIVED.value, "content_hash": ""}
        found = await self._connection.execute(
            update(products).where(products.c.product_id == product_id).values(**values)
        )
        of_it = variants.c.product_id == product_id
        await self._connection.execute(update(variants).where(of_it).values(status=ListingStatus.ARCHIVED.value))
        if found.rowcount:
            await renew_products_stamp(self._connection)
        return bool(found.rowcount)

    async def product_ids_of(self, source_id: str) -> set[str]:
        """Products that a source reported and that are not archived."""
        query = select(products.c.product_id).where(
            products.c.source_id == source_id, products.c.status != ListingStatus.ARCHIVED.value
        )
        return set((await self._connection.execute(query)).scalars())

    async def _hashes(
        self, table: Table, key: Any, wanted: Collection[str], *, updated_at: bool = True
    ) -> dict[str, tuple[str, datetime | None]]:
        columns = [key, table.c.content_hash, *([table.c.shop_updated_at] if updated_at else [])]
        found: dict[str, tuple[str, datetime | None]] = {}
        for some in _in_parts(sorted(wanted)):
            rows = await self._connection.execute(select(*columns).where(key.in_(some)))
            found |= {row[0]: (row[1], row[2] if updated_at else None) for row in rows}
        return found

    async def _category_ids(self, external_ids: Collection[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        columns = (product_categories.c.external_id, product_categories.c.category_id)
        for some in _in_parts(sorted(external_ids)):
            query = select(*columns).where(product_categories.c.external_id.in_(some))
            found |= {row.external_id: row.category_id for row in await self._connection.execute(query)}
        return found

    async def _owners(self, variant_ids: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in _in_parts(sorted(set(variant_ids))):
            query = select(variants.c.variant_id, variants.c.product_id).where(variants.c.variant_id.in_(some))
            found |= {row.variant_id: row.product_id for row in await self._connection.execute(query)}
        return found

    async def _archive_missing_variants(self, items: Sequence[ShopProduct]) -> None:
        kept = {variant.variant_id for item in items for variant in item.variants}
        gone: list[str] = []
        for some in _in_parts([item.product_id for item in items]):
            query = select(variants.c.variant_id).where(variants.c.product_id.in_(some))
            gone += [
                variant_id for variant_id in (await self._connection.execute(query)).scalars() if variant_id not in kept
            ]
        for some in _in_parts(gone):
            await self._connection.execute(
                update(variants).where(variants.c.variant_id.in_(some)).values(status=ListingStatus.ARCHIVED.value)
            )

    async def _redacted(self, order_ids: Collection[str]) -> dict[str, str]:
        """Orders whose customer was forgotten, with the customer in place of them, whomever a later report names."""
        found: dict[str, str] = {}
        for some in _in_parts(sorted(order_ids)):
            query = select(orders.c.order_id, orders.c.customer_id).where(
                orders.c.order_id.in_(some), orders.c.redacted
            )
            found |= {row.order_id: row.customer_id for row in await self._connection.execute(query)}
        return found

    async def _delete_parts(
        self, order_ids: Sequence[str], reported: Mapping[str, datetime | None]
    ) -> set[tuple[Table, str, str]]:
        """Delete lines, parcels and refunds of orders that are reported anew; return the parts that stay, because the
        shop reported them alone and later than the order."""
        newer: set[tuple[Table, str, str]] = set()
        for some in _in_parts(order_ids):
            await self._connection.execute(delete(purchases).where(purchases.c.order_id.in_(some)))
            for table, part in ((shipments, shipments.c.shipment_id), (refunds, refunds.c.refund_id)):
                alone = select(table.c.order_id, part, table.c.reported_at)
                chosen = (table.c.order_id.in_(some), table.c.reported_at.is_not(None))
                kept = {
                    (row[0], row[1])
                    for row in await self._connection.execute(alone.where(*chosen))
                    if (at := reported[row[0]]) is not None and row.reported_at > at
                }
                newer |= {(table, *key) for key in kept}
                old = delete(table).where(table.c.order_id.in_(some))
                if kept:
                    old = old.where(tuple_(table.c.order_id, part).not_in(sorted(kept)))
                await self._connection.execute(old)
        return newer

    async def _add_guests(self, items: Sequence[ShopOrder], *, source_id: str, at: datetime) -> None:
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
        if rows:
            statement = insert_for(self._connection, customers).on_conflict_do_nothing(index_elements=["customer_id"])
            await self._connection.execute(statement, rows)

    async def _products_of_lines(self, lines: Sequence[ShopOrderLine], at: datetime) -> dict[tuple[str, str], str]:
        """By (variant or SKU, title): the product; one that nobody knows is made from the line."""
        found: dict[str, str] = {}
        for some in _in_parts(sorted({key for line in lines for key in (line.variant_id, line.sku) if key})):
            for column in (variants.c.sku, variants.c.variant_id):
                query = select(column, variants.c.product_id).where(column.in_(some))
                found |= {row[0]: row.product_id for row in await self._connection.execute(query)}
            called = (
                select(external_ids.c.external_id, variants.c.product_id)
                .join(variants, variants.c.variant_id == external_ids.c.item_id)
                .where(external_ids.c.kind == "variant", external_ids.c.external_id.in_(some))
            )
            found |= {row.external_id: row.product_id for row in await self._connection.execute(called)}
        product_of: dict[tuple[str, str], str] = {}
        made: dict[str, str] = {}
        for line in lines:
            key = line.variant_id or line.sku
            product_id = found.get(line.variant_id or "") or found.get(line.sku)
            if product_id is None:
                product_id = unlisted_id(key, line.title)
                made.setdefault(product_id, line.title)
            product_of[key, line.title] = product_id
        if made:
            statement = insert_for(self._connection, products).on_conflict_do_nothing(index_elements=["product_id"])
            rows = [
                {"product_id": product_id, "title": title[:512], "product_type": title[:128], "status": UNLISTED}
                for product_id, title in made.items()
            ]
            await self._connection.execute(statement, rows)
        return product_of

    async def _insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            await self._connection.execute(insert(table), rows)

    async def _upsert(
        self, table: Table, key: Sequence[str], rows: Sequence[Mapping[str, Any]], *, keep: Collection[str] = ()
    ) -> None:
        """Insert rows or overwrite those with the same key, but for the columns to keep."""
        if not rows:
            return
        statement = insert_for(self._connection, table)
        columns = {name: statement.excluded[name] for name in rows[0] if name not in key and name not in keep}
        await self._connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=columns), rows)


def customer_of(order: ShopOrder) -> str:
    """The customer of an order; one without a customer has a guest of its own."""
    return order.customer_id or f"guest:{order.order_id}"


def unlisted_id(key: str, title: str) -> str:
    """The id of a product that only an order speaks of: its SKU, else a hash of its title."""
    return key[:64] if key else f"title:{sha256(title.encode()).hexdigest()[:16]}"


def _refused(key: str, field: str, reason: str) -> ItemAnswer:
    return ItemAnswer(key, StoreResult.REFUSED, field, reason)


def _is_older(reported: datetime | None, known: tuple[str, datetime | None] | None) -> bool:
    return known is not None and known[1] is not None and reported is not None and reported < known[1]


def free_name(external_id: str, taken: set[str]) -> str:
    """A category's name is unique and at most 128 characters: what does not fit ends in a hash."""
    name = external_id
    if len(name) > 128 or name in taken:
        name = f"{external_id[:110]} {sha256(external_id.encode()).hexdigest()[:16]}"
    taken.add(name)
    return name


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
        "cancelled_at": item.cancelled_at,
        "shop_updated_at": item.shop_updated_at,
        "source_id": source_id,
        "content_hash": hashes[item.order_id],
    }


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


def _shipment_rows(item: ShopOrder) -> Iterable[dict[str, Any]]:
    for parcel in item.shipments:
        yield {
            "order_id": item.order_id,
            "shipment_id": parcel.shipment_id,
            "carrier": parcel.carrier,
            "tracking_number": parcel.tracking_number,
            "tracking_url": parcel.tracking_url,
            "state": parcel.state.value,
            "shipped_at": parcel.shipped_at,
            "promised_from": parcel.promised_from,
            "promised_until": parcel.promised_until,
            "delivered_at": parcel.delivered_at,
        }


def _in_parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
