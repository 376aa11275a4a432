"""Customers: new ones, and the list for the demo page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.customers.customers import CustomerSummary
from promo_engine.domain.decisions.holdout import in_holdout
from promo_engine.ports.unit_of_work import Storage


@dataclass(frozen=True)
class ListedCustomer:
    """A customer of the demo page's list."""

    summary: CustomerSummary
    holdout: bool


class CustomerService:
    """Adds and lists customers."""

    def __init__(self, storage: Storage, *, holdout_basis_points: int) -> None:
        self._storage = storage
        self._holdout_basis_points = holdout_basis_points

    async def put(
        self, customer_id: str, *, demographics: Mapping[str, str], segments: Collection[str] | None, now: datetime
    ) -> tuple[bool, frozenset[str]]:
        """Add a customer and set the groups they are in; return whether they are new, and their groups.

        Of a known customer the demographics stay; the groups stay where `segments` is None.
        """
        async with self._storage.write() as unit:
            created = await unit.customers.add(customer_id, demographics=demographics, created_at=now)
            if segments is not None:
                await unit.customers.set_segments(customer_id, segments)
            return created, await unit.customers.segments(customer_id)

    async def busiest(self, limit: int) -> list[ListedCustomer]:
        """List customers who have orders, most orders first."""
        async with self._storage.read() as unit:
            summaries = await unit.customers.busiest(limit)
        return [
            ListedCustomer(summary, in_holdout(summary.customer_id, basis_points=self._holdout_basis_points))
            for summary in summaries
        ]
