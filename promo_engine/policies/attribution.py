"""What moved a linear policy: weight x value of each feature, and what one calls the feature.

The expected reward of an offer is exactly the sum of these, so that two offers differ by the sum of the differences.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.offers.candidates import Candidates
from promo_engine.policies.algorithms.linear import LinearPolicy
from promo_engine.policies.features import FEATURES, Floats, feature_rows, names_of, places_of
from promo_engine.ports.models import OfferPolicy

_WORDS = (
    # The longest match from the front decides, but for products of two features, which are named by their last part.
    ("affinity", "how likely the customer is to buy from its categories"),
    ("due", "how long it has been since the customer bought from its categories, by their usual rhythm"),
    ("recency", "how recently the customer bought from its categories"),
    ("never", "that the customer has not bought from its categories before"),
    ("new_share", "how much of it is new to the customer"),
    ("whole_basket", "that it applies to the whole basket"),
    ("depth", "how much the customer saves"),
    ("cost", "what it costs the shop"),
    ("offer_", "how well this offer did with everybody"),
    ("embedding", "what the user model knows of the customer"),
    ("baskets", "how often the customer has ordered"),
    ("stranger", "that nothing is known of the customer"),
    ("bias", "what every offer has in common"),
    ("hour", "the hour"),
    ("weekend", "the day of the week"),
    ("turns", "how long the conversation has lasted"),
    ("basket", "how much is in the basket"),
    ("negative", "the customer's mood"),
    ("positive", "the customer's mood"),
    ("asked_for", "what the customer asked for"),
)


def contributions(
    policy: OfferPolicy, *, forecast: CustomerForecast, context: ConversationContext, candidates: Candidates
) -> dict[str, dict[str, float]]:
    """By offer_id and feature, what the feature adds to the expected reward.

    Raises ValueError if the policy has no weights of these features.
    """
    if not isinstance(policy, LinearPolicy):
        raise ValueError(f"the policy {getattr(policy, 'kind', policy)!r} has no weights to be explained by")
    if policy.columns != len(FEATURES):
        raise ValueError(f"the policy {policy.kind!r} weighs what a network makes of the features, which has no names")
    places = places_of(candidates)
    rows = feature_rows(forecast=forecast, context=context, of=candidates.of, places=places)
    added: Floats = rows.astype(np.float64) * policy.mean
    names = names_of(candidates.of, places)
    return {name: dict(zip(FEATURES, row.tolist(), strict=True)) for name, row in zip(names, added, strict=True)}


def in_words(added: Mapping[str, float]) -> dict[str, float]:
    """Sum what features of one meaning add, by that meaning in words."""
    said: dict[str, float] = {}
    for feature, value in added.items():
        words = _said(feature)
        said[words] = said.get(words, 0.0) + value
    return said


def _said(feature: str) -> str:
    last = feature.rsplit("*", 1)[-1]
    for beginning, words in _WORDS:
        if last.startswith(beginning):
            return words
    return "the kind of offer"
