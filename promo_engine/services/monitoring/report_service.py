"""What the shop's people look at: the funnel, the uplift against the holdout, the policy's branches, and alarms.

Everything is read from the record when somebody asks; nothing is counted twice or kept. Intervals are anytime-valid, so
looking every day makes nothing look better than it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promo_engine.domain.decisions.funnel import (
    BranchSteps,
    DaySpending,
    DaySteps,
    DecisionNote,
    OfferMoney,
    RedemptionNote,
)
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.learning.learner import LearnerStatus
from promo_engine.services.monitoring.alarms import Alarm, find_alarms
from promo_engine.services.monitoring.uplift import ALPHA, Uplift, uplift_of


@dataclass(frozen=True)
class Report:
    """Everything of it."""

    since: datetime
    days: Sequence[DaySteps]
    branches: Sequence[BranchSteps]
    uplift: Uplift
    alarms: Sequence[Alarm]
    holdout_basis_points: int
    alpha: float = ALPHA


class Reporter:
    """Reads reports off the record."""

    def __init__(
        self,
        storage: Storage,
        *,
        model_version: str,
        holdout_basis_points: int,
        learner: LearnerStatus,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._model_version = model_version
        self._holdout_basis_points = holdout_basis_points
        self._learner = learner
        self._clock = clock

    async def report(self, *, days: int, outcome_days: int) -> Report:
        """Report on the decisions of the last `days` days; an outcome is what happens in `outcome_days` after them."""
        now = self._clock()
        since = now - timedelta(days=days)
        async with self._storage.read() as unit:
            steps = await unit.reports.days(since=since)
            branches = await unit.reports.branches(model_version=self._model_version, since=since)
            enrolled = await unit.reports.enrolments(since=since, until=now, outcome_days=outcome_days)
        settled = [enrolment for enrolment in enrolled if enrolment.enrolled_at <= now - timedelta(days=outcome_days)]
        # Bounds over thousands of customers take a second of arithmetic: in a thread, so that decisions go on.
        uplift = await asyncio.to_thread(
            uplift_of, settled, outcome_days=outcome_days, waiting=len(enrolled) - len(settled)
        )
        alarms = await asyncio.to_thread(
            find_alarms,
            steps,
            enrolled,
            learner=self._learner,
            holdout_basis_points=self._holdout_basis_points,
        )
        return Report(since, steps, branches, uplift, alarms, self._holdout_basis_points)

    async def money(self, *, days: int) -> list[OfferMoney]:
        """Sum up redemptions by offer."""
        async with self._storage.read() as unit:
            return await unit.reports.money(since=self._clock() - timedelta(days=days))

    async def spending(self, promotion_id: str) -> list[DaySpending]:
        """List a promotion's spending by day."""
        async with self._storage.read() as unit:
            return await unit.reports.spending(promotion_id)

    async def decision_notes(self, *, after: str, limit: int) -> Sequence[DecisionNote]:
        """List decisions after one of them, in the order in which they were made."""
        async with self._storage.read() as unit:
            return await unit.reports.decision_notes(after=after, limit=limit)

    async def redemption_notes(self, *, since: datetime, limit: int) -> Sequence[RedemptionNote]:
        """List redemptions from a moment on."""
        async with self._storage.read() as unit:
            return await unit.reports.redemption_notes(since=since, limit=limit)
