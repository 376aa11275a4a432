"""Plans of campaigns as they are stored; a part of `unit_of_work.UnitOfWork`.

A plan is proposed, then approved or not, and may be stopped once it is. What it would put live is in its body, as the
bodies of promotions and offers; nothing of it exists in the engine before it is approved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class PlanState(StrEnum):
    """Where a plan stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    STOPPED = "stopped"


@dataclass(frozen=True)
class StoredPlan:
    """One plan."""

    plan_id: str
    state: PlanState
    body: Mapping[str, Any]
    """goal, expected, promotions, offers, audiences (segment: customer_ids), holdout, stop_rules, reasons."""
    created_at: datetime
    created_by: str
    decided_at: datetime | None = None
    decided_by: str | None = None
    """Who approved or stopped it last."""


class PlanRepository(Protocol):
    """Plans of campaigns."""

    async def add(self, plan: StoredPlan) -> None:
        """Store a new one. Raises Conflict `plan_exists`."""
        ...

    async def get(self, plan_id: str, *, lock: bool = False) -> StoredPlan | None:
        """Return one plan."""
        ...

    async def page(self, *, limit: int) -> list[StoredPlan]:
        """List plans, the newest first."""
        ...

    async def approved(self) -> list[StoredPlan]:
        """List those that are approved, by plan_id."""
        ...

    async def save(self, plan: StoredPlan) -> None:
        """Store the state, and who decided it when, of one that `get` has locked."""
        ...
