"""Plans of campaigns as they are stored; a part of `unit_of_work.UnitOfWork`.

A plan is proposed, then approved or not, and may be stopped once it is. What it would put live is in its body, as the
bodies of promotions and offers; nothing of it exists in the engine before it is approved.
"""

from __future__ import annotations

from typing import Protocol

from promo_engine.domain.plans.plans import StoredPlan


class PlanRepository(Protocol):
    """Plans of campaigns."""

    async def add(self, plan: StoredPlan) -> None:
        """Store a new one. Raises Conflict `plan_exists`."""
        ...

    async def get(self, plan_id: str, *, lock: bool = False) -> StoredPlan | None:
        """Return one plan. Raises Conflict `plan_unreadable` if this version cannot read it."""
        ...

    async def page(self, *, limit: int) -> list[StoredPlan]:
        """List plans that can be read, the newest first."""
        ...

    async def approved(self) -> list[StoredPlan]:
        """List those that are approved and can be read, by plan_id."""
        ...

    async def save(self, plan: StoredPlan) -> None:
        """Store the state, and who decided it when, of one that `get` has locked."""
        ...
