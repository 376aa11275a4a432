"""The storage of codes that the services need; a part of `unit_of_work.UnitOfWork`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from promo_engine.domain.codes.codes import CodeState, HeldCode


class CodeRepository(Protocol):
    """Codes of shoppers, and pools of codes that the shop brought."""

    async def get(self, code: str, *, lock: bool = False) -> HeldCode | None:
        """Return one code."""
        ...

    async def move(self, code: str, state: CodeState, *, held_cents: int, customer_id: str | None) -> None:
        """Change a code that `get` or `due` has locked."""
        ...

    async def due(self, *, at: datetime, promotion_id: str | None = None, limit: int) -> list[HeldCode]:
        """List and lock reserved codes whose time is over; those that another unit holds are left to it."""
        ...

    async def has_pool(self, offer_id: str) -> bool:
        """Say whether codes were imported for this offer, taken or not."""
        ...

    async def take_from_pool(self, offer_id: str, *, decision_id: str) -> str | None:
        """Take the next code of the offer's pool for good; None if all are taken."""
        ...

    async def known(self, wanted: Sequence[str]) -> set[str]:
        """Return those of the codes that are in a pool or in a shopper's hands."""
        ...

    async def add_to_pool(self, offer_id: str, new_codes: Sequence[str]) -> None:
        """Append to the offer's pool, in this order."""
        ...
