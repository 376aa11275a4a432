"""The repository of orders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.domain.customers.order_report import StoredOrder
from promo_engine.domain.customers.orders import Order, OrderCount, OrderLine, Sale
from promo_engine.domain.customers.shop_orders import ShopOrderState


class OrderRepository(Protocol):
    """Orders and what is in them."""

    async def get(self, order_id: str, *, lock: bool = False) -> Order | None:
        """Return one order."""
        ...

    async def find(self, number: str) -> list[StoredOrder]:
        """List the orders with this number, the newest first; some twenty at most."""
        ...

    async def stored(self, order_id: str) -> StoredOrder | None:
        """Return one order with its parcels and refunds."""
        ...

    async def shown_numbers(self, order_ids: Collection[str]) -> dict[str, str]:
        """Return the numbers of these orders as their customers know them, by order_id."""
        ...

    async def newest_numbers(self, *, limit: int) -> list[str]:
        """List the numbers of the newest orders."""
        ...

    async def lines(self, order_id: str) -> list[OrderLine]:
        """Return the order's lines with the products' names."""
        ...

    async def newest_of(self, customer_id: str, *, limit: int) -> list[Order]:
        """List a customer's orders, the newest first."""
        ...

    async def page(self, *, after: str, limit: int) -> list[Order]:
        """List orders by order_id, those after one of them."""
        ...

    async def count_page(self, *, after: str, limit: int) -> list[OrderCount]:
        """Count the orders of customers by customer_id, those after one of them; who has none is left out."""
        ...

    async def sale_page(self, *, since: datetime, after: str, limit: int) -> list[Sale]:
        """List what was sold from a moment on by order_id, those after one of them."""
        ...

    async def count_of(self, customer_ids: Collection[str]) -> dict[str, int]:
        """Count each customer's orders; those without any are absent."""
        ...

    async def existing(self, order_ids: Collection[str]) -> set[str]:
        """Return those of the ids that are taken."""
        ...

    async def add(self, purchases: Sequence[Purchase]) -> None:
        """Store new orders with their lines."""
        ...

    async def set_override(self, order_id: str, state: ShopOrderState) -> None:
        """Fix the state of an order that no shop reports on."""
        ...
