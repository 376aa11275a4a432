"""What the checkout did with codes: which order used which, at what price, and whether it was cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from promo_engine.domain.codes.redemptions import Redemption


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
