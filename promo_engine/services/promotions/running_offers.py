"""The offers that have not ended, for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.decisions.decisions import Decision, OutcomeKind
from promo_engine.domain.errors import Conflict, NotFound
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import LifecycleState
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.promotions.offer_cache import OfferCache, OfferCatalogue

_SHOWN = (LifecycleState.LIVE, LifecycleState.SCHEDULED)


@dataclass(frozen=True)
class DecidedOffer:
    """A decision, its offer in the present terms, and the customer's answer if there is one."""

    decision: Decision
    offer: Offer
    outcome: OutcomeKind | None


class RunningOffers:
    """Reads offers that are live or scheduled."""

    def __init__(self, storage: Storage, *, offers: OfferCache, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._offers = offers
        self._clock = clock

    async def list(self) -> tuple[list[Offer], OfferCatalogue]:
        """Return the offers by offer_id, and the catalogue that they are from."""
        async with self._storage.read() as unit:
            catalogue = await self._offers.read(unit)
        now = self._clock()
        return [managed.offer for managed in catalogue.managed if catalogue.state_of(managed, now) in _SHOWN], catalogue

    async def of_decision(self, decision_id: str) -> DecidedOffer:
        """Return the offer of one decision.

        Raises NotFound `unknown_decision`, Conflict `no_offer_in_decision`, and Conflict `offer_ended` for an offer
        that is neither live nor scheduled any more.
        """
        async with self._storage.read() as unit:
            decision = await unit.decisions.get(decision_id)
            if decision is None:
                raise NotFound("unknown_decision", f"There is no decision {decision_id}.", field="decision_id")
            if decision.offer_id is None:
                raise Conflict("no_offer_in_decision", "This decision was to make no offer.")
            outcome = await unit.outcomes.get(decision_id)
            catalogue = await self._offers.read(unit)
        now = self._clock()
        for managed in catalogue.managed:
            if managed.offer.offer_id == decision.offer_id and catalogue.state_of(managed, now) in _SHOWN:
                return DecidedOffer(decision, managed.offer, None if outcome is None else outcome.outcome)
        raise Conflict("offer_ended", "This offer has ended.")
