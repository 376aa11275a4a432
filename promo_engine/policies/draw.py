"""One draw from a distribution over offers and silence, the last step of every policy."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from promo_engine.domain.ports import NO_OFFER, Candidates, OfferChoice
from promo_engine.policies.features import Floats, Singles, feature_rows
from promo_engine.policies.rewards import Question

SILENCE = OfferChoice(offer_id=None, propensity=1.0, propensities={NO_OFFER: 1.0}, expected_rewards={}, features=())
"""The choice when there is nothing to choose from."""


def chance_of(seed: int) -> float:
    """In [0, 1): the first 53 bits of a hash of the seed, a tenth of the price of seeding a generator."""
    digest = hashlib.blake2b(seed.to_bytes(8, "little"), digest_size=8, person=b"promobot draw").digest()
    return (int.from_bytes(digest, "little") >> 11) * 2.0**-53


def draw(*, names: Sequence[str], distribution: Floats, seed: int) -> tuple[int | None, float, dict[str, float]]:
    """Draw once: the index of the arm (None: silence), its propensity, and the propensities of all.

    `distribution`: (names + 1,), silence last, all above 0.
    """
    shares = distribution / distribution.sum()
    drawn = min(int(shares.cumsum().searchsorted(chance_of(seed), side="right")), len(names))
    every: list[float] = shares.tolist()
    propensities = dict(zip([*names, NO_OFFER], every, strict=True))
    return (drawn if drawn < len(names) else None), every[drawn], propensities


def chosen(asked: Question, *, distribution: Floats, expected: Floats | Singles, seed: int) -> OfferChoice:
    """Draw once and report it; `expected`: (places,) rewards."""
    ids = asked.of.offer_ids
    names = [ids[place] for place in asked.places.tolist()]
    drawn, propensity, propensities = draw(names=names, distribution=distribution, seed=seed)
    features: tuple[float, ...] = ()
    if drawn is not None:
        one = Candidates(asked.of, 1 << int(asked.places[drawn]))
        features = tuple(feature_rows(outlook=asked.outlook, context=asked.context, offers=one)[0].tolist())
    return OfferChoice(
        offer_id=None if drawn is None else names[drawn],
        propensity=propensity,
        propensities=propensities,
        expected_rewards=dict(zip(names, expected.tolist(), strict=True)),
        features=features,
    )
