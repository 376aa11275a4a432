"""Where orders are: one implementation a way of knowing."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from promo_engine.domain.customers.order_report import OrderReport, StoredOrder


class OrderTracking(Protocol):
    """Says where an order is, and nothing that its shop did not say."""

    async def refresh(self, number: str) -> None:
        """Ask the shop for orders with this number, where it can be asked. A shop that does not answer is no error."""
        ...

    def report(self, stored: StoredOrder, *, at: datetime) -> OrderReport:
        """Say where an order is at a moment."""
        ...
