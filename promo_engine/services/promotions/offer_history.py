"""Offers as they were: the record of changes, undone from now back to a moment.

Decisions name the offers between which they chose. What an offer gave then is not stored with each of them: an offer
changes rarely, and every change of it is on record with what was there before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from promo_engine.codecs.offer_codec import offer_before
from promo_engine.domain.offers.audit import AuditEntry
from promo_engine.domain.offers.candidates import Candidates, OfferSet
from promo_engine.domain.offers.offers import Offer


class OfferHistory:
    """The offers of a shop at any moment since the first of `changes`."""

    def __init__(self, offers: Sequence[Offer], changes: Sequence[AuditEntry]) -> None:
        self._now = {offer.offer_id: offer for offer in offers}
        of_offers = (change for change in changes if change.offer_id is not None)
        # Not in the order of their numbers: a clock that was set back must not hide a change.
        self._changes = sorted(of_offers, key=lambda of_offer: (of_offer.at, of_offer.audit_id))
        self._times = [change.at for change in self._changes]
        self._sets: dict[int, tuple[OfferSet, Mapping[str, int]]] = {}

    def candidates(self, offer_ids: Sequence[str], *, at: datetime) -> Candidates:
        """Return these offers as they were. Raises LookupError if one of them is not known."""
        of, places = self._set(bisect_right(self._times, at))
        mask = 0
        for offer_id in offer_ids:
            if offer_id not in places:
                raise LookupError(f"there is no offer {offer_id} any more")
            mask |= 1 << places[offer_id]
        return Candidates(of, mask)

    def _set(self, changes_before: int) -> tuple[OfferSet, Mapping[str, int]]:
        """One set for all moments between two changes, so that policies compute what is in it only once."""
        known = self._sets.get(changes_before)
        if known is None:
            then = dict(self._now)
            for change in reversed(self._changes[changes_before:]):
                offer = then.get(str(change.offer_id))
                if offer is not None:
                    then[offer.offer_id] = _undone(offer, change.changes)
            of = OfferSet([then[offer_id] for offer_id in sorted(then)])
            places = {offer_id: index for index, offer_id in enumerate(of.offer_ids)}
            known = self._sets[changes_before] = (of, places)
        return known


def _undone(offer: Offer, changes: Mapping[str, Any]) -> Offer:
    """Return the offer as it was before a change."""
    made_by_it = "offer_id" in changes and changes["offer_id"][0] is None
    return offer if made_by_it else offer_before(offer, changes)
