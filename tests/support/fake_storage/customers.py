"""Customers, their orders and events, and the catalogue, in memory."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from promo_engine.domain.catalogue.category_labels import CategoryNode, category_labels
from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.catalogue.listed_products import ListedCatalogue, ListedProduct, ListedVariant
from promo_engine.domain.catalogue.products import Product
from promo_engine.domain.catalogue.shop_catalogue import DEMO_SOURCES, ListingStatus
from promo_engine.domain.customers.customer_events import CustomerEvent, Purchase
from promo_engine.domain.customers.customers import CustomerSummary, KnownCustomer, StoredState
from promo_engine.domain.customers.demo_delivery import DEMO_SOURCE
from promo_engine.domain.customers.order_report import StoredOrder
from promo_engine.domain.customers.orders import Order, OrderCount, OrderLine, Sale
from promo_engine.domain.customers.shop_orders import ShopOrderState, number_key
from promo_engine.domain.offers.limits import NO_LIMITS
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import ManagedOffer, Promotion
from tests.support.fake_storage.rows import ConstraintError, CustomerRow, ProductRow, Rows

_STAMPS = itertools.count(1)


class FakeCustomers:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def exists(self, customer_id: str) -> bool:
        return customer_id in self._rows.customers

    async def with_hashes(self, *, email_hash: str, name_hash: str) -> list[str]:
        reported = {key: row.reported for key, row in self._rows.customers.items() if row.reported is not None}
        return [
            key
            for key, item in reported.items()
            if (email_hash and item.email_hash == email_hash) or (name_hash and item.name_hash == name_hash)
        ][:3]

    async def lock(self, customer_ids: Collection[str]) -> set[str]:
        return set(customer_ids) & self._rows.customers.keys()

    async def add(
        self, customer_id: str, *, demographics: Mapping[str, str], created_at: datetime, guest: bool = False
    ) -> bool:
        if created_at.tzinfo is None:
            raise ValueError(f"{created_at} has no time zone")
        if customer_id in self._rows.customers:
            return False
        self._rows.customers[customer_id] = CustomerRow(dict(demographics), created_at)
        return True

    async def segments(self, customer_id: str) -> frozenset[str]:
        found = self._rows.customers.get(customer_id)
        return frozenset() if found is None else frozenset(found.segments)

    async def set_segments(self, customer_id: str, segments: Collection[str]) -> None:
        if customer_id in self._rows.customers:
            self._rows.customers[customer_id].segments = tuple(sorted(set(segments)))

    async def state(self, customer_id: str, *, model_version: str) -> StoredState | None:
        if customer_id not in self._rows.customers:
            raise LookupError(f"there is no customer {customer_id}")
        return self._rows.states.get((customer_id, model_version))

    async def known(self, customer_ids: Collection[str], *, model_version: str) -> dict[str, KnownCustomer]:
        return {
            customer_id: KnownCustomer(
                self._rows.states.get((customer_id, model_version)),
                frozenset(self._rows.customers[customer_id].segments),
            )
            for customer_id in customer_ids
            if customer_id in self._rows.customers
        }

    async def save_state(self, customer_id: str, *, model_version: str, stored: StoredState) -> None:
        if customer_id not in self._rows.customers:
            raise ConstraintError(f"there is no customer {customer_id}")
        self._rows.states[customer_id, model_version] = stored

    async def busiest(self, limit: int) -> list[CustomerSummary]:
        counts = Counter(order.customer_id for order in self._rows.orders.values())
        chosen = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))[:limit]
        return [self._summary(customer_id, count) for customer_id, count in chosen]

    def _summary(self, customer_id: str, count: int) -> CustomerSummary:
        own = _newest_orders(self._rows, customer_id)
        categories: Counter[int] = Counter()
        for order in own[:20]:
            for line in self._rows.lines.get(order.order_id, ()):
                category_id = self._rows.products[line.product_id].category_id
                if category_id is not None:
                    categories[category_id] += 1
        top = sorted(categories.items(), key=lambda counted: (-counted[1], counted[0]))[:3]
        return CustomerSummary(
            customer_id, count, tuple(self._rows.categories[key] for key, _ in top), last_order_number=own[0].order_id
        )


class FakeOrders:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def get(self, order_id: str, *, lock: bool = False) -> Order | None:
        return self._rows.orders.get(order_id)

    async def find(self, number: str) -> list[StoredOrder]:
        found = [order for order in self._rows.orders.values() if number_key(order.number) == number_key(number) != ""]
        newest = sorted(found, key=lambda order: order.order_id)
        newest.sort(key=lambda order: order.placed_at, reverse=True)
        return [self._stored(order) for order in newest]

    async def stored(self, order_id: str) -> StoredOrder | None:
        order = self._rows.orders.get(order_id)
        return None if order is None else self._stored(order)

    def _stored(self, order: Order) -> StoredOrder:
        reported = self._rows.shop_orders.get(order.order_id)
        return StoredOrder(order) if reported is None else StoredOrder(order, reported.shipments, reported.refunds)

    async def shown_numbers(self, order_ids: Collection[str]) -> dict[str, str]:
        known = [self._rows.orders[order_id] for order_id in set(order_ids) if order_id in self._rows.orders]
        return {order.order_id: order.shown_number for order in known}

    async def newest_numbers(self, *, limit: int) -> list[str]:
        newest = sorted(self._rows.orders.values(), key=lambda order: order.placed_at, reverse=True)
        return [order.number for order in newest if order.number][:limit]

    async def lines(self, order_id: str) -> list[OrderLine]:
        return [
            replace(
                line,
                name=self._name(line.product_id),
                title=line.title or self._rows.products[line.product_id].title,
            )
            for line in self._rows.lines.get(order_id, ())
        ]

    def _name(self, product_id: str) -> str:
        product = self._rows.products[product_id]
        if product.category_id is not None:
            return self._rows.categories[product.category_id]
        return product.product_type or product_id

    async def newest_of(self, customer_id: str, *, limit: int) -> list[Order]:
        return _newest_orders(self._rows, customer_id)[:limit]

    async def page(self, *, after: str, limit: int) -> list[Order]:
        found = sorted(self._rows.orders.items())
        return [order for order_id, order in found if order_id > after][:limit]

    async def count_page(self, *, after: str, limit: int) -> list[OrderCount]:
        found: dict[str, list[datetime]] = {}
        for order in self._rows.orders.values():
            found.setdefault(order.customer_id, []).append(order.placed_at)
        return [OrderCount(who, len(when), max(when)) for who, when in sorted(found.items()) if who > after][:limit]

    async def sale_page(self, *, since: datetime, after: str, limit: int) -> list[Sale]:
        found = await self.page(after=after, limit=len(self._rows.orders))
        sold = [Sale(each.order_id, each.placed_at, each.total_cents, each.currency) for each in found]
        return [sale for sale in sold if sale.placed_at >= since][:limit]

    async def count_of(self, customer_ids: Collection[str]) -> dict[str, int]:
        return dict(
            Counter(order.customer_id for order in self._rows.orders.values() if order.customer_id in customer_ids)
        )

    async def existing(self, order_ids: Collection[str]) -> set[str]:
        return set(order_ids) & self._rows.orders.keys()

    async def add(self, purchases: Sequence[Purchase]) -> None:
        for purchase in purchases:
            order = purchase.order
            if order.order_id in self._rows.orders or order.customer_id not in self._rows.customers:
                raise ConstraintError(f"order {order.order_id} cannot be stored")
            demo = next((shop for shop in self._rows.sources.values() if shop.kind == DEMO_SOURCE), None)
            self._rows.orders[order.order_id] = replace(
                order,
                override_state=None,
                number=order.shown_number,
                source_id=None if demo is None else demo.source_id,
                source_kind="" if demo is None else demo.kind,
            )
            self._rows.lines[order.order_id] = purchase.lines

    async def set_override(self, order_id: str, state: ShopOrderState) -> None:
        self._rows.orders[order_id] = replace(self._rows.orders[order_id], override_state=state)


def _newest_orders(rows: Rows, customer_id: str) -> list[Order]:
    own = [order for order in rows.orders.values() if order.customer_id == customer_id]
    return sorted(own, key=lambda order: (order.placed_at, order.order_id), reverse=True)


class FakeEvents:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def existing(self, event_ids: Collection[str]) -> set[str]:
        return self._rows.events & set(event_ids)

    async def add_new(self, events: Sequence[CustomerEvent]) -> set[str]:
        new = {event.event_id for event in events} - self._rows.events
        self._rows.events |= new
        return new


class FakeCatalogue:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def stamp(self) -> str | None:
        return self._rows.stamp

    async def category_names(self) -> tuple[str, ...]:
        return tuple(name for _, name in sorted(self._rows.categories.items()))

    async def category_labels(self, language: str) -> Mapping[str, str]:
        items = {row.category_id: row.item for row in self._rows.shop_categories.values()}
        parents = (await self.category_tree()).parents
        nodes = [
            CategoryNode(number, name, items[number].names if number in items else {}, parents[number])
            for number, name in sorted(self._rows.categories.items())
        ]
        return {node.name: label for node, label in category_labels(nodes, locale=language).values()}

    async def category_tree(self) -> CategoryTree:
        known = self._rows.shop_categories
        parents: dict[int, int | None] = dict.fromkeys(sorted(self._rows.categories))
        for row in known.values():
            parent = row.item.parent_id
            parents[row.category_id] = None if parent is None else known[parent].category_id
        inactive = frozenset(row.category_id for row in known.values() if not row.item.active)
        return CategoryTree(parents, inactive)

    async def products(self, product_ids: Collection[str]) -> dict[str, Product]:
        found = {key: self._rows.products[key] for key in product_ids if key in self._rows.products}
        return {
            key: Product(key, row.category_id, row.brand or None, row.unit_cost_cents) for key, row in found.items()
        }

    async def add_unlisted(self, product_ids: Collection[str]) -> None:
        for product_id in product_ids:
            self._rows.products.setdefault(product_id, ProductRow(None))

    async def in_basket(self, ids: Collection[str]) -> dict[str, Product]:
        owners = {key: self._rows.variants[key].product_id for key in ids if key in self._rows.variants}
        known = await self.products(owners.values())
        return {key: known[product_id] for key, product_id in owners.items()} | await self.products(ids)

    async def unknown_brands(self, brands: Collection[str]) -> set[str]:
        return set(brands) - {row.brand for row in self._rows.products.values()}

    async def products_stamp(self) -> str | None:
        return self._rows.products_stamp

    async def variants_of(
        self, product_id: str, *, currency: str, at: datetime, max_age: timedelta
    ) -> list[ListedVariant]:
        found = []
        for key, row in sorted(self._rows.variants.items()):
            if row.product_id == product_id and row.status is ListingStatus.ACTIVE:
                price, stock = self._rows.prices.get((key, currency)), self._rows.stock.get(key)
                stale = self._rows.priced_at.get((key, currency), at) < at - max_age
                cents = None if price is None or stale else price.cents_at(at)
                found.append(ListedVariant(key, row.item.options, cents, stock is None or stock.sellable))
        return found

    async def currencies(self) -> tuple[str, ...]:
        return tuple(sorted({currency for _, currency in self._rows.prices}))

    async def sold_lately(self, *, within: timedelta) -> dict[str, int]:
        newest = max((order.placed_at for order in self._rows.orders.values()), default=None)
        return dict(
            Counter(
                line.product_id
                for order_id, order in self._rows.orders.items()
                if newest is not None and order.placed_at > newest - within
                for line in self._rows.lines[order_id]
            )
        )

    async def listed(self, *, currency: str, at: datetime, max_age: timedelta) -> ListedCatalogue:
        active = {key: row for key, row in sorted(self._rows.products.items()) if row.status == ListingStatus.ACTIVE}
        changes = [
            moment
            for (_, of), price in self._rows.prices.items()
            if of == currency and price.sale_cents is not None
            for moment in (price.sale_from, price.sale_until)
            if moment is not None and moment > at
        ]
        listed = [self._listed(key, row, currency, at, at - max_age) for key, row in active.items()]
        tree = await self.category_tree()
        return ListedCatalogue(
            tuple(replace(product, above=tree.above(product.category_id)) for product in listed if product is not None),
            min(changes, default=None),
            has_variants=bool(self._rows.variants),
        )

    def _listed(
        self, product_id: str, row: ProductRow, currency: str, at: datetime, oldest: datetime
    ) -> ListedProduct | None:
        candidates = []
        for variant_id, each in self._rows.variants.items():
            if each.product_id == product_id and each.status is ListingStatus.ACTIVE:
                price = self._rows.prices.get((variant_id, currency))
                stock = self._rows.stock.get(variant_id)
                cents = None if price is None else price.cents_at(at)
                sold_out = stock is not None and not stock.sellable
                candidates.append((sold_out, cents is None, cents or 0, variant_id))
        if not candidates:
            return None
        sold_out, unpriced, cents, variant_id = min(candidates)
        alike = [found[2] for found in candidates if found[0] == sold_out and not found[1]]
        stale = (
            row.source_id not in DEMO_SOURCES and not unpriced and self._rows.priced_at[variant_id, currency] < oldest
        )
        return ListedProduct(
            product_id,
            row.title,
            row.category_id,
            "" if row.category_id is None else self._rows.categories[row.category_id],
            row.product_type,
            row.brand or None,
            row.url,
            row.image_url or self._rows.variants[variant_id].item.image_url,
            price_cents=None if unpriced or stale else cents,
            highest_cents=None if stale else max(alike, default=None),
            variant_id=variant_id,
            variant_count=len(alike),
            in_stock=not sold_out,
            on_sale=not sold_out and not unpriced,
        )

    async def set_costs(self, costs: Mapping[str, int]) -> set[str]:
        unknown = costs.keys() - self._rows.products.keys()
        if not unknown:
            for product_id, cents in costs.items():
                self._rows.products[product_id].unit_cost_cents = cents
        return set(unknown)

    async def offers(self) -> tuple[Offer, ...]:
        return tuple(managed.offer for _, managed in sorted(self._rows.offers.items()))

    async def store_offers(
        self, *, promotions: Sequence[Promotion], offers: Sequence[Offer], at: datetime
    ) -> tuple[int, int]:
        for promotion in promotions:
            self._store_promotion(promotion)
        for offer in offers:
            self._store_offer(offer)
        kept = {offer.offer_id for offer in offers}
        ended = [
            offer_id
            for offer_id, managed in self._rows.offers.items()
            if offer_id not in kept and offer_id in self._rows.offers_of_files and managed.offer.ends_at > at
        ]
        for offer_id in ended:
            managed = self._rows.offers[offer_id]
            offer = replace(managed.offer, ends_at=at)
            self._rows.offers[offer_id] = replace(managed, offer=offer, version=managed.version + 1)
        await self.touch("offers", at=at)
        return len(offers), len(ended)

    def _store_promotion(self, new: Promotion) -> None:
        stored = self._rows.promotions.get(new.promotion_id)
        if stored is None:
            self._rows.promotions[new.promotion_id] = Promotion(new.promotion_id, new.name, new.starts_at, new.ends_at)
            return
        changed = replace(stored, name=new.name, starts_at=new.starts_at, ends_at=new.ends_at)
        if changed != stored:
            self._rows.promotions[new.promotion_id] = replace(changed, version=stored.version + 1)

    def _store_offer(self, offer: Offer) -> None:
        stored = self._rows.offers.get(offer.offer_id)
        if stored is None:
            self._rows.offers[offer.offer_id] = ManagedOffer(offer, limits=NO_LIMITS)
        elif stored.offer != offer:
            self._rows.offers[offer.offer_id] = replace(stored, offer=offer, version=stored.version + 1)
        else:
            return
        self._rows.offers_of_files.add(offer.offer_id)

    async def touch(self, what: str, *, at: datetime) -> None:
        self._rows.stamp = f"{what} {next(_STAMPS)} {at.isoformat()}"
