"""What the checkout did with codes: which order used which, at what price, and whether it was cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Redemption:
    """The codes of one order, used."""

    redemption_id: str
    order_id: str
    customer_id: str | None
    request_hash: str
    """Tells a repeated request from another one for the same order."""
    quote: Mapping[str, Any]
    """The priced basket, as it was answered."""
    redeemed_at: datetime
    cancelled_at: datetime | None = None
    margin_cents: int | None = None
    """Of the lines whose cost is known, after all that the codes cost; None if no cost is known."""


class RedemptionRepository(Protocol):
    """Redemptions; a part of `unit_of_work.UnitOfWork`."""

    async def get(self, redemption_id: str, *, lock: bool = False) -> Redemption | None:
        """Return one redemption."""
        ...

    async def of_order(self, order_id: str) -> Redemption | None:
        """Return the redemption of an order, cancelled or not."""
        ...

    async def add(self, redemption: Redemption, *, codes: Mapping[str, int]) -> bool:
        """Store it with the cents that each code cost; False, and nothing stored, if the order has one."""
        ...

    async def codes(self, redemption_id: str) -> dict[str, int]:
        """Return what each code cost, by code, by promotion and code: the order in which codes are locked."""
        ...

    async def cancel(self, redemption_id: str, *, at: datetime) -> None:
        """Mark one that `get` has locked as cancelled."""
        ...
