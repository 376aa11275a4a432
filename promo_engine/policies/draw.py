"""One draw from a distribution over offers and silence, the last step of every policy."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from promo_engine.domain.offers import Offer
from promo_engine.domain.ports import NO_OFFER, OfferChoice
from promo_engine.policies.features import Floats

SILENCE = OfferChoice(offer_id=None, propensity=1.0, propensities={NO_OFFER: 1.0}, expected_rewards={}, features=())
"""The choice when there is nothing to choose from."""


def in_order(offers: Sequence[Offer]) -> list[Offer]:
    """By offer_id, so that a seed draws the same however the offers came. Raises ValueError if one comes twice."""
    ordered = sorted(offers, key=lambda offer: offer.offer_id)
    for left, right in pairwise(ordered):
        if left.offer_id == right.offer_id:
            raise ValueError(f"offers: {left.offer_id} comes twice")
    return ordered


def draw(
    *, offers: Sequence[Offer], distribution: Floats, expected: Floats, rows: Floats, generator: np.random.Generator
) -> OfferChoice:
    """Draw once. `distribution`: (offers + 1,), silence last, all above 0; `rows`: the offers' features."""
    shares = distribution / distribution.sum()
    drawn = min(int(np.searchsorted(np.cumsum(shares), generator.random(), side="right")), len(offers))
    names = [offer.offer_id for offer in offers]
    silent = drawn == len(offers)
    return OfferChoice(
        offer_id=None if silent else names[drawn],
        propensity=float(shares[drawn]),
        propensities=dict(zip([*names, NO_OFFER], shares.tolist(), strict=True)),
        expected_rewards=dict(zip(names, expected.tolist(), strict=True)),
        features=() if silent else tuple(rows[drawn].tolist()),
    )
