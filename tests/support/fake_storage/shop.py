"""The canonical shop in memory. It shares customers, products and orders with the other repositories."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime

from promo_engine.codecs.shop_item_codec import hash_without_prices
from promo_engine.domain.catalogue.shop_catalogue import ListingStatus, ShopCategory, ShopProduct
from promo_engine.domain.customers.orders import Order, OrderLine
from promo_engine.domain.customers.shop_orders import ShopCustomer, ShopOrder, ShopOrderLine
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult
from promo_engine.storage.repositories.shop_items.sql_order_lines import unlisted_id
from promo_engine.storage.repositories.shop_items.sql_shop_categories import free_name
from promo_engine.storage.repositories.shop_items.sql_shop_orders import customer_of
from promo_engine.storage.tables.shopping_tables import UNLISTED
from tests.support.fake_storage.rows import CategoryRow, CustomerRow, ProductRow, Rows, VariantRow

_STAMPS = itertools.count(1)


class FakeShop:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def store_categories(self, items: Sequence[ShopCategory]) -> list[ItemAnswer]:
        answers = [self._store_category(item) for item in items]
        if any(answer.result is StoreResult.STORED for answer in answers):
            self._rows.stamp = f"categories {len(self._rows.categories)} {id(answers)}"
        return answers

    def _store_category(self, item: ShopCategory) -> ItemAnswer:
        known = self._rows.shop_categories
        if item.parent_id is not None and item.parent_id not in known:
            return _refused(item.category_id, "parent_id", f"there is no category {item.parent_id}")
        row = known.get(item.category_id)
        if row is not None and row.item == item:
            return ItemAnswer(item.category_id, StoreResult.UNCHANGED)
        if row is None:
            row = CategoryRow(len(self._rows.categories), item)
            taken = set(self._rows.categories.values())
            self._rows.categories[row.category_id] = free_name(item.category_id, taken)
        known[item.category_id] = CategoryRow(row.category_id, item)
        return ItemAnswer(item.category_id, StoreResult.STORED)

    async def store_products(self, items: Sequence[ShopProduct], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        self._rows.products_stamp = str(next(_STAMPS))
        return [self._store_product(item, source_id, at) for item in items]

    def _store_product(self, item: ShopProduct, source_id: str, at: datetime) -> ItemAnswer:
        categories = self._rows.shop_categories
        for category_id in item.category_ids:
            if category_id not in categories:
                return _refused(item.product_id, "category_ids", f"there is no category {category_id}")
        for variant in item.variants:
            stored = self._rows.variants.get(variant.variant_id)
            if stored is not None and stored.product_id != item.product_id:
                reason = f"the variant {variant.variant_id} belongs to the product {stored.product_id}"
                return _refused(item.product_id, "variants", reason)
        known = self._rows.products.get(item.product_id)
        same = known is not None and known.content_hash == hash_without_prices(item)
        if same and all(
            self._rows.prices.get((variant.variant_id, price.currency)) == price
            for variant in item.variants
            for price in variant.prices
        ):
            for variant in item.variants:
                for price in variant.prices:
                    self._rows.priced_at[variant.variant_id, price.currency] = at
            return ItemAnswer(item.product_id, StoreResult.UNCHANGED)
        if known is not None and _is_older(item.updated_at, known.shop_updated_at):
            return ItemAnswer(item.product_id, StoreResult.STALE)
        costs = [variant.unit_cost_cents for variant in item.variants if variant.unit_cost_cents is not None]
        self._rows.products[item.product_id] = ProductRow(
            categories[item.category_ids[0]].category_id if item.category_ids else None,
            item.title[:128],
            known.package_size if known is not None else "",
            item.brand[:64],
            max(costs, default=None),
            status=item.status.value,
            source_id=source_id,
            content_hash=hash_without_prices(item),
            shop_updated_at=item.updated_at,
            title=item.title,
            url=item.url,
            image_url=item.image_url,
        )
        self._store_variants(item, at)
        return ItemAnswer(item.product_id, StoreResult.STORED)

    def _store_variants(self, item: ShopProduct, at: datetime) -> None:
        self._archive_variants(item.product_id)
        for variant in item.variants:
            self._rows.variants[variant.variant_id] = VariantRow(item.product_id, variant, variant.status)
            for price in variant.prices:
                self._rows.prices[variant.variant_id, price.currency] = price
                self._rows.priced_at[variant.variant_id, price.currency] = at
            if variant.stock is not None:
                self._rows.stock[variant.variant_id] = variant.stock

    def _archive_variants(self, product_id: str) -> None:
        for row in self._rows.variants.values():
            if row.product_id == product_id:
                row.status = ListingStatus.ARCHIVED

    async def store_customers(self, items: Sequence[ShopCustomer], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        return [self._store_customer(item, source_id, at) for item in items]

    def _store_customer(self, item: ShopCustomer, source_id: str, at: datetime) -> ItemAnswer:
        known = self._rows.customers.get(item.customer_id)
        if known is not None and known.reported == item:
            return ItemAnswer(item.customer_id, StoreResult.UNCHANGED)
        row = known or CustomerRow({}, item.created_at or at)
        row.segments, row.guest, row.reported = item.segments, item.guest, item
        self._rows.customers[item.customer_id] = row
        for source, external_id in item.aliases.items():
            self._rows.aliases[source or source_id, external_id] = item.customer_id
        return ItemAnswer(item.customer_id, StoreResult.STORED)

    async def store_orders(self, items: Sequence[ShopOrder], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        return [self._store_order(item, source_id, at) for item in items]

    def _store_order(self, item: ShopOrder, source_id: str, at: datetime) -> ItemAnswer:
        known = self._rows.shop_orders.get(item.order_id)
        if known == item:
            return ItemAnswer(item.order_id, StoreResult.UNCHANGED)
        if known is not None and _is_older(item.shop_updated_at, known.shop_updated_at):
            return ItemAnswer(item.order_id, StoreResult.STALE)
        customer_id = customer_of(item)
        self._rows.customers.setdefault(customer_id, CustomerRow({}, min(item.placed_at, at), guest=True))
        stored = self._rows.orders.get(item.order_id)
        override = None if stored is None else stored.override_state
        self._rows.shop_orders[item.order_id] = item
        source, customer = self._rows.sources.get(source_id), self._rows.customers[customer_id].reported
        self._rows.orders[item.order_id] = Order(
            item.order_id,
            customer_id,
            item.placed_at,
            item.total_cents,
            override,
            number=item.number,
            currency=item.currency,
            shop_state=item.state,
            shop_updated_at=item.shop_updated_at,
            source_id=source_id,
            source_kind="" if source is None else source.kind,
            email_hash=item.email_hash or ("" if customer is None else customer.email_hash),
            postcode_hash=item.postcode_hash,
            codes=item.codes,
        )
        self._rows.lines[item.order_id] = tuple(
            OrderLine(
                self._product_of(line),
                line.quantity,
                line.line_cents,
                title=line.title,
                variant_id=line.variant_id or "",
                options=self._options_of(line),
            )
            for line in item.lines
        )
        return ItemAnswer(item.order_id, StoreResult.STORED)

    def _options_of(self, line: ShopOrderLine) -> Mapping[str, str]:
        known = self._rows.variants.get(line.variant_id or "")
        return {} if known is None else known.item.options

    def _product_of(self, line: ShopOrderLine) -> str:
        """The product of a line; one that nobody knows is made from it."""
        if line.variant_id in self._rows.variants:
            return self._rows.variants[line.variant_id].product_id
        for row in self._rows.variants.values():
            if line.sku and line.sku == row.item.sku:
                return row.product_id
        product_id = unlisted_id(line.variant_id or line.sku, line.title)
        self._rows.products.setdefault(product_id, ProductRow(None, line.title[:128], status=UNLISTED))
        return product_id

    async def archive_product(self, product_id: str) -> bool:
        row = self._rows.products.get(product_id)
        if row is None:
            return False
        row.status, row.content_hash = ListingStatus.ARCHIVED.value, ""
        self._archive_variants(product_id)
        self._rows.products_stamp = str(next(_STAMPS))
        return True

    async def product_ids_of(self, source_id: str) -> set[str]:
        return {
            product_id
            for product_id, row in self._rows.products.items()
            if row.source_id == source_id and row.status != ListingStatus.ARCHIVED
        }


def _refused(key: str, field: str, reason: str) -> ItemAnswer:
    return ItemAnswer(key, StoreResult.REFUSED, field, reason)


def _is_older(reported: datetime | None, known: datetime | None) -> bool:
    return reported is not None and known is not None and reported < known
