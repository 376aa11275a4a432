"""A small shop for tests: customers anna and ben, four categories, orders of every age, two offers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.catalogue.shop_catalogue import ListingStatus, ShopPrice, ShopVariant
from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.domain.customers.demo_delivery import DEMO_SOURCE
from promo_engine.domain.customers.orders import Order, OrderLine
from promo_engine.domain.customers.shop_orders import number_key
from promo_engine.domain.offers.offers import Eligibility, Offer
from promo_engine.domain.offers.promotions import Promotion
from promo_engine.ports.shop.connected_shop_repository import ConnectedShop
from promo_engine.ports.unit_of_work import Storage
from promo_engine.storage import tables
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.fake_storage import FakeStorage
from tests.support.fake_storage.rows import ProductRow, VariantRow

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def offer(offer_id: str, *, category_ids: frozenset[int] = frozenset({0}), **changes: Any) -> Offer:
    """An offer that everyone may see; `changes` replace its fields, `category_ids` stand for a scope of them."""
    fields: dict[str, Any] = {
        "offer_id": offer_id,
        "promotion_id": "autumn",
        "title": "15 % off soft drinks",
        "terms": "Once per customer.",
        "benefit": PercentageOff(1500),
        "scope": Scope(category_ids=category_ids),
        "unit_cost_cents": 60,
        "starts_at": NOW - timedelta(days=10),
        "ends_at": NOW + timedelta(days=30),
        "eligibility": Eligibility(),
    }
    return Offer(**fields | changes)


AUTUMN = Promotion("autumn", "Autumn", NOW - timedelta(days=10), NOW + timedelta(days=30))
_ORDER_AGES = {"o-new": timedelta(hours=2), "o-way": timedelta(days=2), "o-old": timedelta(days=10)}
PRICES = {"p-0": 150, "p-1": 299, "p-2": 799, "p-3": 450}
"""Cents of the one variant of each product, `p-0-v` and so on; `p-odd` cannot be bought."""
BRANDS = {1: "Acme", 2: "Ridge"}
"""Of p-1 and p-2."""
CURRENCIES = ("EUR", "USD")
"""The same prices in each."""
CATEGORIES = ("SOFT DRINKS", "BABY FOODS", "COFFEE", "CHEESE")


async def fill_small_shop(database: AsyncEngine) -> SqlStorage:
    """A small shop: customers anna and ben, four categories, orders of every age, two offers."""
    async with database.begin() as connection:
        await connection.execute(
            insert(tables.customers),
            [{"customer_id": name, "demographics": {}, "created_at": NOW} for name in ("anna", "ben")],
        )
        await connection.execute(
            insert(tables.product_categories),
            [{"category_id": number, "name": name} for number, name in enumerate(CATEGORIES)],
        )
        await connection.execute(
            insert(tables.products),
            [
                {"product_id": f"p-{number}", "category_id": number, "brand": BRANDS.get(number, "")}
                for number in range(len(CATEGORIES))
            ],
        )
        await connection.execute(
            insert(tables.products), [{"product_id": "p-odd", "product_type": "GIFT WRAP", "category_id": None}]
        )
        await connection.execute(insert(tables.shop_sources), [{"source_id": "small", "kind": DEMO_SOURCE}])
        await connection.execute(
            insert(tables.variants),
            [{"variant_id": f"{product_id}-v", "product_id": product_id} for product_id in PRICES],
        )
        await connection.execute(
            insert(tables.prices),
            [
                {"variant_id": f"{product_id}-v", "currency": currency, "list_cents": cents, "updated_at": NOW}
                for product_id, cents in PRICES.items()
                for currency in CURRENCIES
            ],
        )
        await connection.execute(
            insert(tables.orders),
            [
                {
                    "order_id": order_id,
                    "customer_id": "anna",
                    "placed_at": NOW - age,
                    "total_cents": 450,
                    "number": order_id,
                    "number_key": number_key(order_id),
                    "source_id": "small",
                }
                for order_id, age in _ORDER_AGES.items()
            ],
        )
        await connection.execute(
            insert(tables.purchases),
            [
                {"order_id": order_id, "line": 1, "product_id": "p-0", "quantity": 2, "sales_cents": 300}
                for order_id in _ORDER_AGES
            ]
            + [
                {"order_id": order_id, "line": 2, "product_id": "p-odd", "quantity": 1, "sales_cents": 150}
                for order_id in _ORDER_AGES
            ],
        )
    storage = SqlStorage(database)
    await _store_offers(storage)
    return storage


async def fake_small_shop() -> FakeStorage:
    """The same shop in memory."""
    storage = FakeStorage()
    async with storage.write() as unit:
        for customer_id in ("anna", "ben"):
            await unit.customers.add(customer_id, demographics={}, created_at=NOW)
        unit.rows.sources = {"small": ConnectedShop("small", DEMO_SOURCE)}
        unit.rows.categories = dict(enumerate(CATEGORIES))
        unit.rows.products = {
            f"p-{number}": ProductRow(number, brand=BRANDS.get(number, "")) for number in range(len(CATEGORIES))
        }
        unit.rows.products["p-odd"] = ProductRow(None, product_type="GIFT WRAP")
        for product_id, cents in PRICES.items():
            variant_id = f"{product_id}-v"
            unit.rows.variants[variant_id] = VariantRow(product_id, ShopVariant(variant_id), ListingStatus.ACTIVE)
            for currency in CURRENCIES:
                unit.rows.prices[variant_id, currency] = ShopPrice(currency, cents)
                unit.rows.priced_at[variant_id, currency] = NOW
        lines = (OrderLine("p-0", 2, 300), OrderLine("p-odd", 1, 150))
        orders = [Order(order_id, "anna", NOW - age, 450) for order_id, age in _ORDER_AGES.items()]
        await unit.orders.add([Purchase(order, lines) for order in orders])
    await _store_offers(storage)
    return storage


async def _store_offers(storage: Storage) -> None:
    async with storage.write() as unit:
        await unit.catalogue.store_offers(
            promotions=[AUTUMN],
            offers=[
                offer("soft-drinks-15"),
                offer("baby-20", category_ids=frozenset({1}), eligibility=Eligibility(bought_any_of=frozenset({1}))),
            ],
            at=NOW,
        )
