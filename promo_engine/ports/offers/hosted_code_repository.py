"""The storage of codes that are made at a hosted shop; a part of `unit_of_work.UnitOfWork`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.codes.hosted_codes import HostedCode, HostedCodeState


class HostedCodeRepository(Protocol):
    """Codes at the shop, and the queue in which they wait for it."""

    async def add(self, hosted: HostedCode) -> None:
        """Store a new one, whose code is stored already."""
        ...

    async def get(self, code: str, *, lock: bool = False) -> HostedCode | None:
        """Return one; None for a code that is used at our own checkout."""
        ...

    async def save(self, hosted: HostedCode) -> None:
        """Replace one."""
        ...

    async def due(self, *, at: datetime, limit: int) -> list[str]:
        """List codes whose attempt is due, those that wait longest first."""
        ...

    async def news(self, *, at: datetime, limit: int) -> list[str]:
        """List codes that were made or failed, and of which a shopper is to be told by now, the oldest first."""
        ...

    async def in_orders_of(self, source_id: str, codes: Collection[str]) -> list[HostedCode]:
        """Return those of a shop's codes that an order names, however it writes them."""
        ...

    async def products_in(self, scope: Scope, *, limit: int) -> dict[str, tuple[str, ...]]:
        """Return the active products inside a scope, by product_id, with the other names that shops have for them.

        There are `limit` of them at most.
        """
        ...

    async def counts(self) -> dict[HostedCodeState, int]:
        """Count the codes."""
        ...
