"""What is stored of a shop, table by table: the rows of a database, or what the fake keeps under the same names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.customers.shop_orders import number_key
from promo_engine.storage import tables
from tests.support.fake_storage import FakeStorage
from tests.support.fake_storage.rows import Rows

ShopTables = Callable[[str], Awaitable[list[dict[str, Any]]]]
"""Reads the rows of a table by column."""


def sql_tables(database: AsyncEngine) -> ShopTables:
    """The tables of a database, with every column."""

    async def rows(table: str) -> list[dict[str, Any]]:
        async with database.connect() as connection:
            found = await connection.execute(select(tables.metadata.tables[table]))
            return [dict(row) for row in found.mappings()]

    return rows


def fake_tables(storage: FakeStorage) -> ShopTables:
    """The tables of the fake, with the columns that tests look at."""

    async def rows(table: str) -> list[dict[str, Any]]:
        return _TABLES[table](storage.rows)

    return rows


def _categories(rows: Rows) -> list[dict[str, Any]]:
    ids = {external_id: row.category_id for external_id, row in rows.shop_categories.items()}
    return [
        {
            "category_id": ids[external_id],
            "external_id": external_id,
            "parent_id": None if row.item.parent_id is None else ids[row.item.parent_id],
        }
        for external_id, row in rows.shop_categories.items()
    ]


def _products(rows: Rows) -> list[dict[str, Any]]:
    return [{"product_id": product_id, "status": row.status} for product_id, row in rows.products.items()]


def _variants(rows: Rows) -> list[dict[str, Any]]:
    return [{"variant_id": variant_id, "status": row.status} for variant_id, row in rows.variants.items()]


def _prices(rows: Rows) -> list[dict[str, Any]]:
    return [
        {"variant_id": variant_id, "currency": currency, "list_cents": price.list_cents}
        for (variant_id, currency), price in rows.prices.items()
    ]


def _customers(rows: Rows) -> list[dict[str, Any]]:
    return [{"customer_id": customer_id, "guest": row.guest} for customer_id, row in rows.customers.items()]


def _aliases(rows: Rows) -> list[dict[str, Any]]:
    return [
        {"source": source, "external_id": external_id, "customer_id": customer_id}
        for (source, external_id), customer_id in rows.aliases.items()
    ]


def _orders(rows: Rows) -> list[dict[str, Any]]:
    return [
        {"number": item.number, "number_key": number_key(item.number), "shop_state": item.state.value}
        for item in rows.shop_orders.values()
    ]


def _purchases(rows: Rows) -> list[dict[str, Any]]:
    return [
        {"product_id": stored.product_id, "title": line.title, "variant_id": line.variant_id}
        for order_id, item in rows.shop_orders.items()
        for stored, line in zip(rows.lines[order_id], item.lines, strict=True)
    ]


def _parcels(rows: Rows) -> list[dict[str, Any]]:
    return [{"shipment_id": parcel.shipment_id} for item in rows.shop_orders.values() for parcel in item.shipments]


def _refunds(rows: Rows) -> list[dict[str, Any]]:
    return [{"refund_id": refund.refund_id} for item in rows.shop_orders.values() for refund in item.refunds]


_TABLES: dict[str, Callable[[Rows], list[dict[str, Any]]]] = {
    "product_categories": _categories,
    "products": _products,
    "variants": _variants,
    "prices": _prices,
    "customers": _customers,
    "customer_aliases": _aliases,
    "orders": _orders,
    "purchases": _purchases,
    "shipments": _parcels,
    "refunds": _refunds,
}
