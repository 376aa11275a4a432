"""The most promising of very many offers, without making a row of features for each.

A linear model's value of an offer is the sum of what the offer brings alone, what its categories bring for this
customer, and a few products of both. The first part is computed once per set of offers, the second once per distinct
set of categories, so that a request adds a few long vectors, whatever the number of features.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.offers.candidates import OfferSet
from promo_engine.policies.features import (
    AFFINITY,
    DEPTH,
    EMBEDDING_LIKED,
    KIND_AND_DEPTH,
    LIKED,
    TRIGGER_DEPTH,
    TRIGGER_LIKED,
    WHOLE_BASKET,
    WHOLE_BASKET_BASKETS,
    Places,
    Singles,
    affinity_rows,
    customer_part,
    offer_parts,
    trigger_columns,
)


def highest(value: Singles, count: int) -> NDArray[np.intp]:
    """Ascending places of the `count` highest values; of equal ones the first."""
    # All above the last value that gets in, then those that equal it, until there are enough.
    bar = np.partition(value, len(value) - count)[len(value) - count]
    above = np.flatnonzero(value > bar)
    equal = np.flatnonzero(value == bar)[: count - len(above)]
    return np.sort(np.concatenate([above, equal]))


class Shortlist:
    """Ranks offers by the best that any of a few weight vectors says of them."""

    def __init__(self, samples: Singles) -> None:
        self._samples = samples  # (K, D)
        self._alone: WeakKeyDictionary[OfferSet, tuple[Singles, Singles]] = WeakKeyDictionary()

    def best(
        self,
        count: int,
        *,
        forecast: CustomerForecast,
        context: ConversationContext,
        of: OfferSet,
        places: Places,
        penalty: Singles | None,
    ) -> NDArray[np.intp]:
        """The `count` most promising of these offers, as ascending indices into `places`; equal ones by offer_id."""
        value = self.values(forecast=forecast, context=context, of=of)[places]
        if penalty is not None:
            value = value - penalty
        return highest(value, count)

    def values(self, *, forecast: CustomerForecast, context: ConversationContext, of: OfferSet) -> Singles:
        """(offers,) what is the same for all offers, such as the hour, left out."""
        samples, parts, customer = self._samples, offer_parts(of), customer_part(forecast)
        alone, liked = self._of(of)
        affinity = affinity_rows(forecast, parts)
        triggers, liking = trigger_columns(context), affinity[:, 0]
        by_liking = samples[:, TRIGGER_LIKED] @ triggers + samples[:, EMBEDDING_LIKED] @ customer.embedding  # (K,)
        by_set = samples[:, AFFINITY] @ affinity.T + by_liking[:, None] * liking  # (K, sets)
        values = liked * liking[parts.set_of]  # (K, offers)
        values += alone
        values += by_set[:, parts.set_of]
        by_depth = samples[:, TRIGGER_DEPTH] @ triggers
        if by_depth.any():
            values += by_depth[:, None] * parts.rows[:, DEPTH]
        whole = customer.baskets * samples[:, WHOLE_BASKET_BASKETS]
        values += whole[:, None] * parts.rows[:, WHOLE_BASKET]
        best: Singles = values.max(axis=0)
        return best

    def _of(self, of: OfferSet) -> tuple[Singles, Singles]:
        """(K, offers) each: what an offer brings alone, and what it brings per unit of liking."""
        known = self._alone.get(of)
        if known is None:
            rows = offer_parts(of).rows
            alone = self._samples @ rows.T
            liked = self._samples[:, LIKED] @ rows[:, KIND_AND_DEPTH].T
            known = self._alone[of] = (alone, liked)
        return known
