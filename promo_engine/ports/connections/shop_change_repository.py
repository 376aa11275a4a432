"""The repository of what shops report piece by piece."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from promo_engine.domain.catalogue.shop_changes import OrderRefund, OrderShipment, VariantPrice, VariantStock
from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.ports.shop.shop_repository import ItemAnswer


class ShopChangeRepository(Protocol):
    """Stores parts of items; each answer says what became of the part."""

    async def store_prices(self, items: Sequence[VariantPrice]) -> list[ItemAnswer]:
        """Set prices. One of a variant that is not known is refused, one older than the stored one is stale."""
        ...

    async def store_stock(self, items: Sequence[VariantStock]) -> list[ItemAnswer]:
        """Set stock. One of a variant that is not known is refused, one older than the stored one is stale."""
        ...

    async def store_shipment(self, item: OrderShipment) -> ItemAnswer:
        """Add or move a parcel. Refused while its order is not known."""
        ...

    async def store_refund(self, item: OrderRefund) -> ItemAnswer:
        """Add a refund, and with it the order's state. Refused while its order is not known."""
        ...

    async def cancel_deleted(self, order_id: str, *, at: datetime) -> bool:
        """Cancel an order that its shop deleted; its sums stay. False if it is not known."""
        ...

    async def product_called(self, name: str) -> str | None:
        """Return the product of this id, or of this other name in its shop's messages."""
        ...

    async def purchases(self, order_ids: Collection[str]) -> dict[str, Purchase]:
        """Return orders with their lines, by order_id; unknown ones are absent."""
        ...

    async def history(self, customer_id: str) -> list[Purchase]:
        """Return all orders of a customer that were not cancelled, the oldest first."""
        ...

    async def forget_states(self, customer_id: str) -> None:
        """Delete a customer's states in every version of the user model."""
        ...

    async def unlisted_count(self) -> int:
        """Count products that only an order or an event speaks of."""
        ...

    async def add_unlisted(self, product_ids: Mapping[str, str]) -> None:
        """Add products that nobody reported yet, by id with a title."""
        ...

    async def add_guests(self, customer_ids: Collection[str], *, at: datetime) -> None:
        """Add customers that nobody reported yet."""
        ...
