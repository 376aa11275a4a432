"""The queue of webhook deliveries."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from promo_engine.domain.connections.webhook_deliveries import WebhookCounts, WebhookDelivery


class WebhookRepository(Protocol):
    """Deliveries, from their arrival to the end of their bodies."""

    async def add(self, delivery: WebhookDelivery) -> bool:
        """Store a new delivery, whose number is ignored; False if the source sent it before."""
        ...

    async def is_due(self, *, now: datetime) -> bool:
        """Say whether any delivery is to be tried."""
        ...

    async def due(self, *, now: datetime, limit: int) -> list[WebhookDelivery]:
        """List deliveries that are to be tried, the oldest first; another process that asks gets others."""
        ...

    async def settle(self, delivery: WebhookDelivery, *, next_try_at: datetime) -> None:
        """Record state, tries and error of a delivery, and its body if that is gone."""
        ...

    async def dead(self, *, limit: int) -> list[WebhookDelivery]:
        """List deliveries that were given up, the newest first."""
        ...

    async def get(self, number: int) -> WebhookDelivery | None:
        """Return one delivery."""
        ...

    async def retry_all(self, *, at: datetime) -> int:
        """Let every dead delivery wait again whose body is still there, with all its tries; return how many."""
        ...

    async def retry(self, number: int, *, at: datetime) -> bool:
        """Let a dead delivery wait again, with all its tries. False if it is not dead, or its body is deleted."""
        ...

    async def with_bodies(self, *, source_id: str | None, after: int, limit: int) -> list[WebhookDelivery]:
        """List deliveries whose body is still there, by number, those after one of them."""
        ...

    async def delete_bodies(self, numbers: Collection[int]) -> None:
        """Delete the bodies of these; what still waits counts as done."""
        ...

    async def delete_old(self, *, received_before: datetime, keep: int) -> int:
        """Delete old bodies, and old rows that are done; return how many. At most `keep` rows at once."""
        ...

    async def counts(self) -> WebhookCounts:
        """Count what waits and what is dead."""
        ...
