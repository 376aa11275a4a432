"""The repository of customers and their states in the user model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from promo_engine.domain.customers.customers import CustomerSummary, KnownCustomer, StoredState


class CustomerRepository(Protocol):
    """Customers and their states in the user model."""

    async def exists(self, customer_id: str) -> bool:
        """Say whether there is such a customer."""
        ...

    async def with_hashes(self, *, email_hash: str, name_hash: str) -> list[str]:
        """Return the customers who have one of these hashes, a few of them; an empty hash finds nobody."""
        ...

    async def lock(self, customer_ids: Collection[str]) -> set[str]:
        """Lock these customers against other writers; return those that exist."""
        ...

    async def add(
        self, customer_id: str, *, demographics: Mapping[str, str], created_at: datetime, guest: bool = False
    ) -> bool:
        """Add a customer; False, and nothing changed, if there is one already."""
        ...

    async def segments(self, customer_id: str) -> frozenset[str]:
        """Return the shop's groups that a customer is in; none for an unknown one."""
        ...

    async def set_segments(self, customer_id: str, segments: Collection[str]) -> None:
        """Replace the groups that a customer is in."""
        ...

    async def state(self, customer_id: str, *, model_version: str) -> StoredState | None:
        """Return the state under this version of the user model; None before the first basket.

        Raises LookupError if there is no such customer.
        """
        ...

    async def known(self, customer_ids: Collection[str], *, model_version: str) -> dict[str, KnownCustomer]:
        """Return what is known of these customers; unknown ones and those merged into others are absent."""
        ...

    async def save_state(self, customer_id: str, *, model_version: str, stored: StoredState) -> None:
        """Replace the state under this version of the user model."""
        ...

    async def busiest(self, limit: int) -> list[CustomerSummary]:
        """List customers who have orders, most orders first."""
        ...
