"""The canonical shop in SQL: one module a kind of item. Each works off a whole batch with a handful of statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.catalogue.shop_catalogue import ShopCategory, ShopProduct
from promo_engine.domain.customers.shop_orders import ShopCustomer, ShopOrder
from promo_engine.ports.shop.shop_repository import ItemAnswer
from promo_engine.storage.repositories.shop_items import (
    sql_shop_categories,
    sql_shop_customers,
    sql_shop_orders,
    sql_shop_products,
)


class SqlShop:
    """`ports.shop.shop_repository.ShopRepository` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def store_categories(self, items: Sequence[ShopCategory]) -> list[ItemAnswer]:
        """Add or change categories."""
        return await sql_shop_categories.store_categories(self._connection, items)

    async def store_products(self, items: Sequence[ShopProduct], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        """Add or change products with their variants, prices and stock."""
        return await sql_shop_products.store_products(self._connection, items, source_id=source_id, at=at)

    async def store_customers(self, items: Sequence[ShopCustomer], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        """Add or change customers."""
        return await sql_shop_customers.store_customers(self._connection, items, source_id=source_id, at=at)

    async def store_orders(self, items: Sequence[ShopOrder], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        """Add or change orders."""
        return await sql_shop_orders.store_orders(self._connection, items, source_id=source_id, at=at)

    async def archive_product(self, product_id: str) -> bool:
        """Take a product out of the shop."""
        return await sql_shop_products.archive_product(self._connection, product_id)

    async def product_ids_of(self, source_id: str) -> set[str]:
        """Products that a source reported and that are not archived."""
        return await sql_shop_products.product_ids_of(self._connection, source_id)
