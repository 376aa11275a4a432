"""What a shop writes over HTTP: one transaction a request, an answer an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from promo_engine.domain.customers.shop_orders import ShopCustomer, ShopOrder
from promo_engine.domain.errors import NotFound
from promo_engine.ports.shop.shop_repository import ItemAnswer
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.connections.shop_writer import ShopWriter, Written, archive_product


class WriteApi:
    """Writes for the endpoints."""

    def __init__(self, storage: Storage, *, writer: ShopWriter) -> None:
        self._storage = storage
        self._writer = writer

    async def write(self, items: Sequence[Written], *, source_id: str) -> list[ItemAnswer]:
        """Store items; the answers stand in their order."""
        if not items:
            return []
        async with self._storage.write() as unit:
            return await self._writer.write(unit, items, source_id=source_id)

    async def write_order(self, order: ShopOrder, *, source_id: str) -> ItemAnswer:
        """Store a whole order."""
        (answer,) = await self.write([order], source_id=source_id)
        return answer

    async def archive_product(self, product_id: str) -> ItemAnswer:
        """Take a product out of the shop. Raises NotFound `unknown_product`."""
        async with self._storage.write() as unit:
            if await unit.shop_changes.product_called(product_id) is None:
                raise NotFound("unknown_product", f"There is no product {product_id}.", field="product_id")
            return await archive_product(unit, product_id)

    async def customer(self, customer_id: str) -> ShopCustomer:
        """Return a customer, under the id of today. Raises NotFound `unknown_customer`."""
        async with self._storage.read() as unit:
            current = await unit.privacy.current_id(customer_id)
            found = None if current is None else await unit.privacy.customer(current)
        if found is None:
            raise NotFound("unknown_customer", f"There is no customer {customer_id}.", field="customer_id")
        return found

    async def add_customer(self, customer_id: str, *, demographics: Mapping[str, str], now: datetime) -> bool:
        """Add a customer, unless somebody is called so; whether this did."""
        async with self._storage.write() as unit:
            if await unit.privacy.current_id(customer_id) is not None:
                return False
            return await unit.customers.add(customer_id, demographics=demographics, created_at=now)

    async def write_customer(self, item: ShopCustomer, given: frozenset[str], *, source_id: str) -> ShopCustomer:
        """Store the given fields of a customer; the others stay as they are. Returns the customer as stored."""
        async with self._storage.write() as unit:
            current = await unit.privacy.current_id(item.customer_id)
            stored = None if current is None else await unit.privacy.customer(current)
            if stored is not None:
                item = replace(
                    stored, customer_id=item.customer_id, **{name: getattr(item, name) for name in sorted(given)}
                )
            await self._writer.write_customer(unit, item, source_id=source_id)
            now = await unit.privacy.current_id(item.customer_id)
            found = None if now is None else await unit.privacy.customer(now)
            if found is None:
                raise LookupError(f"the customer {item.customer_id} was stored and is not there")
            return found
