"""The repository of changes that customers asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from promo_engine.domain.customers.change_requests import ChangeKind, ChangeRequest, ChangeState


class ChangeRequestRepository(Protocol):
    """Requests, and the queue in which they wait to be sent."""

    async def add(self, request: ChangeRequest) -> None:
        """Store a new request."""
        ...

    async def save(self, request: ChangeRequest) -> None:
        """Replace a request."""
        ...

    async def get(self, change_request_id: str, *, lock: bool = False) -> ChangeRequest | None:
        """Return one request."""
        ...

    async def of_order(self, order_id: str) -> list[ChangeRequest]:
        """List an order's requests, the newest first."""
        ...

    async def due(self, *, at: datetime, limit: int) -> list[str]:
        """List requests that are to be sent by now, those that wait longest first."""
        ...

    async def unanswered(self, *, after: str, limit: int) -> list[ChangeRequest]:
        """List open requests by id, those after one of them."""
        ...

    async def page(
        self,
        *,
        states: Sequence[ChangeState],
        before: str,
        limit: int,
        kinds: Sequence[ChangeKind] = tuple(ChangeKind),
        order_ids: Collection[str] | None = None,
    ) -> list[ChangeRequest]:
        """List requests in these states, the newest first; `before` is the last id of the page before, or empty.

        `order_ids` None means every order, an empty collection no order.
        """
        ...

    async def counts(self) -> dict[tuple[ChangeKind, ChangeState], int]:
        """Count the requests."""
        ...
