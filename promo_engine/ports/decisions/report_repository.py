"""What the record of decisions adds up to, for people: steps by day, policies side by side, customers in the test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from promo_engine.domain.decisions.funnel import (
    BranchSteps,
    DaySpending,
    DaySteps,
    DecisionNote,
    Enrolment,
    OfferMoney,
    RedemptionNote,
)


class ReportRepository(Protocol):
    """Sums over the record; a part of `unit_of_work.UnitOfWork`."""

    async def days(self, *, since: datetime) -> list[DaySteps]:
        """List the days with decisions, the earliest first."""
        ...

    async def branches(self, *, model_version: str, since: datetime) -> list[BranchSteps]:
        """List the branches that decided since then, the newest first."""
        ...

    async def enrolments(self, *, since: datetime, until: datetime, outcome_days: int) -> list[Enrolment]:
        """List the customers whose first decision since `since` was made before `until`, in that order."""
        ...

    async def decision_notes(self, *, after: str, limit: int) -> Sequence[DecisionNote]:
        """List decisions with an id above `after`, ascending: in the order in which they were made."""
        ...

    async def redemption_notes(self, *, since: datetime, limit: int) -> Sequence[RedemptionNote]:
        """List redemptions from `since` on that were not cancelled, the earliest first."""
        ...

    async def money(self, *, since: datetime) -> list[OfferMoney]:
        """Sum up the redemptions since then by offer."""
        ...

    async def spending(self, promotion_id: str) -> list[DaySpending]:
        """List what a promotion's redeemed codes cost by day, the earliest first."""
        ...
