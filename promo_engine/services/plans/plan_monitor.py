"""Looks at the stop rules of approved plans while their offers are shown.

Counts of what was shown and accepted are kept here as it is heard, so that a look asks the database for nothing. One of
several processes hears a part of it, and a bound that may be looked at any time holds for a part as well; before
anything ends, `PlanService.watch` looks at all of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.plans.plan_service import PlanService, WatchedPlan, accepted_at_most

ACTOR = "engine:live"
_GROWN = 1.1
"""A look that ended nothing is not repeated before so many times as much was shown."""


@dataclass(frozen=True)
class StoppedNow:
    """A promotion that a stop rule ended while the engine ran."""

    at: datetime
    plan_id: str
    promotion_id: str
    reason: str


@dataclass
class _Tally:
    exposures: int = 0
    accepted: int = 0
    looked_at: int = 0
    """Exposures at the last look."""


@dataclass
class PlanMonitor:
    """Hears what is shown and accepted, and looks."""

    storage: Storage
    service: PlanService
    clock: Callable[[], datetime]
    _stamp: str | None = None
    _plans: list[WatchedPlan] = field(default_factory=list)
    _tallies: dict[str, _Tally] = field(default_factory=dict)
    """By promotion_id, of watched plans alone."""
    _promotion_of: dict[str, str] = field(default_factory=dict)
    """By offer_id."""
    _heard: bool = False

    def saw(self, offer_id: str, *, shown: bool = False, accepted: bool = False) -> None:
        """Count; an offer of no plan is only a look-up."""
        self._heard = True
        tally = self._tallies.get(self._promotion_of.get(offer_id, ""))
        if tally is not None:
            tally.exposures += shown
            tally.accepted += accepted

    async def look(self) -> list[StoppedNow]:
        """End what a stop rule speaks against; return what was ended."""
        if not self._heard:
            return []
        self._heard = False
        await self._refresh()
        stopped: list[StoppedNow] = []
        for plan in self._plans:
            if any([await self._speaks_against(promotion, plan.min_acceptance) for promotion in plan.promotions]):
                found = await self.service.watch(plan.plan_id, actor=ACTOR)
                stopped += [
                    StoppedNow(self.clock(), plan.plan_id, stopped_offer.promotion_id, stopped_offer.reason)
                    for stopped_offer in found
                ]
        return stopped

    async def _refresh(self) -> None:
        """Read the plans again if any offer or promotion changed since."""
        async with self.storage.read() as unit:
            stamp = await unit.catalogue.stamp()
        if stamp == self._stamp:
            return
        self._plans = await self.service.watched()
        self._promotion_of = {
            offer_id: promotion_id
            for plan in self._plans
            for promotion_id, offer_ids in plan.promotions.items()
            for offer_id in offer_ids
        }
        known = self._tallies
        self._tallies = {
            promotion: known.get(promotion, _Tally()) for plan in self._plans for promotion in plan.promotions
        }
        new = set(self._tallies) - known.keys()
        if new:
            await self._count(new)
        self._stamp = stamp

    async def _count(self, promotion_ids: set[str]) -> None:
        """What was shown and accepted before this process heard of it."""
        since = min(plan.since for plan in self._plans if promotion_ids & plan.promotions.keys())
        async with self.storage.read() as unit:
            for result in await unit.outcomes.results(exposed_since=since):
                promotion_id = self._promotion_of.get(result.offer_id)
                if promotion_id in promotion_ids:
                    tally = self._tallies[promotion_id]
                    tally.exposures += result.exposures
                    tally.accepted += result.accepted

    async def _speaks_against(self, promotion_id: str, floor: float) -> bool:
        tally = self._tallies[promotion_id]
        if tally.exposures < max(1, _GROWN * tally.looked_at) or tally.accepted >= floor * tally.exposures:
            return False
        tally.looked_at = tally.exposures
        # In a thread: over a hundred thousand answers it takes a second.
        return await asyncio.to_thread(accepted_at_most, tally.exposures, tally.accepted) < floor
