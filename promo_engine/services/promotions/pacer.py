"""The background pacer: every few seconds it measures what promotions have spent and sets their pacing penalties.

The penalties are stored, so that a restart goes on where it was, and kept in the process, so that a decision reads no
table for them. Promotions without a budget have none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from promo_engine.domain.offers.limits import Commitment, Limits, total
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.pacing import PacingState, next_pacing
from promo_engine.domain.offers.promotions import LifecycleState, ManagedOffer
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.promotions.offer_cache import OfferCache

_LOG = logging.getLogger(__name__)
MEASURE_EVERY_S = 5.0


class Pacer:
    """Keeps penalties and commitments of the promotions that have caps."""

    def __init__(self, storage: Storage, *, offers: OfferCache, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._offers = offers
        self._clock = clock
        self.penalties_by_promotion: Mapping[str, float] = {}
        """In expected reward per cent of cost, as last measured."""
        self.commitments: Mapping[str, Commitment] = {}
        """By offer_id, as last measured; empty while nothing has a cap."""

    def penalties(self, offers: Sequence[Offer]) -> list[float] | None:
        """Return what to take off each offer's expected reward, penalty x unit_cost_cents; None if all are free."""
        if not any(self.penalties_by_promotion.values()):
            return None
        return [self.penalties_by_promotion.get(offer.promotion_id, 0.0) * offer.unit_cost_cents for offer in offers]

    async def run(self) -> None:
        """Measure for ever. A round that fails is logged and tried again; the last penalties stay in force."""
        while True:
            await asyncio.sleep(MEASURE_EVERY_S)
            try:
                await self.measure()
            except Exception:
                # The loop must outlive a database that goes away.
                _LOG.exception("pacing failed, trying again in %s s", MEASURE_EVERY_S)

    async def measure(self) -> None:
        """Measure once, and set and store the penalties."""
        now = self._clock()
        async with self._storage.read() as unit:
            catalogue = await self._offers.read(unit)
            promotions, offers = catalogue.promotions.values(), catalogue.managed
            limits = [promotion.limits for promotion in promotions] + [offer.limits for offer in offers]
            if not any(map(_capped, limits)):
                self.penalties_by_promotion = {}
                self._keep({})
                return
            commitments = await unit.promotions.commitments()
            before = await unit.promotions.pacing()
        after: dict[str, PacingState] = {}
        for promotion in promotions:
            if promotion.limits.budget_cents is None or promotion.state_at(now) is not LifecycleState.LIVE:
                continue
            own = [offer for offer in offers if offer.offer.promotion_id == promotion.promotion_id]
            after[promotion.promotion_id] = next_pacing(
                before.get(promotion.promotion_id),
                total(commitments[managed.offer.offer_id] for managed in own if managed.offer.offer_id in commitments),
                budget_cents=promotion.limits.budget_cents,
                unit_cost_cents=_mean_cost(own),
                starts_at=promotion.starts_at,
                ends_at=promotion.ends_at,
                at=now,
            )
        if after:
            async with self._storage.write() as unit:
                for promotion_id, state in after.items():
                    await unit.promotions.save_pacing(promotion_id, state)
        self.penalties_by_promotion = {promotion_id: state.penalty for promotion_id, state in after.items()}
        self._keep(commitments)

    def _keep(self, commitments: Mapping[str, Commitment]) -> None:
        # The same object while nothing changed: what was computed from it stays good.
        if commitments != self.commitments:
            self.commitments = commitments


def _capped(limits: Limits) -> bool:
    return limits.budget_cents is not None or limits.max_uses is not None


def _mean_cost(offers: list[ManagedOffer]) -> float:
    return sum(offer.offer.unit_cost_cents for offer in offers) / len(offers) if offers else 0.0
