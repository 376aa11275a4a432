"""What a policy answers: an offer or none, with its propensity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NO_OFFER = "no_offer"
"""The key under which a distribution keeps the probability of staying silent."""


@dataclass(frozen=True)
class OfferChoice:
    """One draw of a policy and the distribution it came from."""

    offer_id: str | None
    """None: the policy chose to stay silent."""
    propensity: float
    """Probability with which this draw chose what it chose, 0 < propensity <= 1."""
    propensities: Mapping[str, float]
    """The whole distribution by offer_id, with `NO_OFFER` last; sums to 1. Of very many offers a policy may first take
    those that promise the most; the others are not in it."""
    expected_rewards: Mapping[str, float]
    """Posterior mean reward by offer_id."""
    features: tuple[float, ...]
    """Feature vector of the chosen offer, as the learner will need it; empty when silent."""
