"""One draw from a distribution over offers and no_offer, the last step of every policy."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from promo_engine.domain.decisions.offer_choice import NO_OFFER, OfferChoice
from promo_engine.policies.features import Floats, Singles

NOTHING_TO_OFFER = OfferChoice(
    offer_id=None, propensity=1.0, propensities={NO_OFFER: 1.0}, expected_rewards={}, features=()
)
"""The choice when there are no offers."""


def chance_of(seed: int) -> float:
    """In [0, 1): the first 53 bits of a hash of the seed. Seeding a generator takes ten times as long."""
    digest = hashlib.blake2b(seed.to_bytes(8, "little"), digest_size=8, person=b"promobot draw").digest()
    return (int.from_bytes(digest, "little") >> 11) * 2.0**-53


def draw(
    names: Sequence[str], *, distribution: Floats, expected: Floats | Singles, rows: Singles, seed: int
) -> OfferChoice:
    """Draw once. `distribution`: (names + 1,), no_offer last, all above 0; `rows`: the features of each.

    Raises ValueError if a feature is not a finite number.
    """
    if not np.isfinite(rows).all():
        raise ValueError("forecast: it makes features that are no finite numbers")
    shares = distribution / distribution.sum()
    count = len(names)
    drawn = min(int(shares.cumsum().searchsorted(chance_of(seed), side="right")), count)
    each, nothing = shares.tolist(), drawn == count
    return OfferChoice(
        offer_id=None if nothing else names[drawn],
        propensity=each[drawn],
        propensities=dict(zip([*names, NO_OFFER], each, strict=True)),
        expected_rewards=dict(zip(names, expected.tolist(), strict=True)),
        features=() if nothing else tuple(rows[drawn].tolist()),
    )
