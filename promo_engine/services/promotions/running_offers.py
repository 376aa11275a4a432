"""The offers that have not ended, for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import LifecycleState
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.promotions.offer_cache import OfferCache, OfferCatalogue

_SHOWN = (LifecycleState.LIVE, LifecycleState.SCHEDULED)


class RunningOffers:
    """Lists offers that are live or scheduled."""

    def __init__(self, storage: Storage, *, offers: OfferCache, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._offers = offers
        self._clock = clock

    async def list(self) -> tuple[list[Offer], OfferCatalogue]:
        """Return the offers by offer_id, and the catalogue that they are from."""
        async with self._storage.read() as unit:
            catalogue = await self._offers.read(unit)
        now = self._clock()
        return [one.offer for one in catalogue.managed if catalogue.state_of(one, now) in _SHOWN], catalogue
