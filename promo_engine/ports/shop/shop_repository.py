"""The repository of the canonical shop: whole items go in, each with an answer of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from promo_engine.domain.catalogue.shop_catalogue import ShopCategory, ShopProduct
from promo_engine.domain.customers.shop_orders import ShopCustomer, ShopOrder


class StoreResult(StrEnum):
    """What became of an item."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    """Equal to what is there."""
    STALE = "stale"
    """The shop reported something newer before."""
    REFUSED = "refused"


@dataclass(frozen=True)
class ItemAnswer:
    """The answer to one item."""

    key: str
    result: StoreResult
    field: str = ""
    reason: str = ""


class ShopRepository(Protocol):
    """Stores items of one kind at a time; answers stand in the order of the items."""

    async def store_categories(self, items: Sequence[ShopCategory]) -> list[ItemAnswer]:
        """Add or change categories. One whose parent is not known is refused."""
        ...

    async def store_products(self, items: Sequence[ShopProduct], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        """Add or change products with their variants, prices and stock. One whose category is not known is refused.

        Variants that a product no longer has are archived; prices in currencies that it does not name stay. An item
        that is reported once more unchanged makes its prices as fresh as this report.
        """
        ...

    async def store_customers(self, items: Sequence[ShopCustomer], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        """Add or change customers."""
        ...

    async def store_orders(self, items: Sequence[ShopOrder], *, source_id: str, at: datetime) -> list[ItemAnswer]:
        """Add or change orders. A customer or a product nobody reported yet is made from the order."""
        ...

    async def archive_product(self, product_id: str) -> bool:
        """Take a product out of the shop; orders of the past keep it. False if it is not known."""
        ...

    async def product_ids_of(self, source_id: str) -> set[str]:
        """Products that a source reported and that are not archived."""
        ...
