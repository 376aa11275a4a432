"""The log of customer events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from promo_engine.domain.customers.customer_events import CustomerEvent


class EventRepository(Protocol):
    """The log of customer events."""

    async def existing(self, event_ids: Collection[str]) -> set[str]:
        """Return those of the ids that are stored."""
        ...

    async def add_new(self, events: Sequence[CustomerEvent]) -> set[str]:
        """Store the events that are not stored yet; return their ids."""
        ...
