"""One draw from a distribution over offers and silence, the last step of every policy."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from promo_engine.domain.decisions.offer_choice import NO_OFFER, OfferChoice
from promo_engine.policies.features import Floats, Singles

SILENCE = OfferChoice(offer_id=None, propensity=1.0, propensities={NO_OFFER: 1.0}, expected_rewards={}, features=())
"""The choice when there is nothing to choose from."""


def chance_of(seed: int) -> float:
    """In [0, 1): the first 53 bits of a hash of the seed, a tenth of the price of seeding a generator."""
    digest = hashlib.blake2b(seed.to_bytes(8, "little"), digest_size=8, person=b"promobot draw").digest()
    return (int.from_bytes(digest, "little") >> 11) * 2.0**-53


def draw(
    names: Sequence[str], *, distribution: Floats, expected: Floats | Singles, rows: Singles, seed: int
) -> OfferChoice:
    """Draw once. `distribution`: (names + 1,), silence last, all above 0; `rows`: the features of each.

    Raises ValueError if a feature is no finite number.
    """
    if not np.isfinite(rows).all():
        raise ValueError("forecast: it makes features that are no finite numbers")
    shares = distribution / distribution.sum()
    count = len(names)
    drawn = min(int(shares.cumsum().searchsorted(chance_of(seed), side="right")), count)
    every, silent = shares.tolist(), drawn == count
    return OfferChoice(
        offer_id=None if silent else names[drawn],
        propensity=every[drawn],
        propensities=dict(zip([*names, NO_OFFER], every, strict=True)),
        expected_rewards=dict(zip(names, expected.tolist(), strict=True)),
        features=() if silent else tuple(rows[drawn].tolist()),
    )
