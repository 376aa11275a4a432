"""The most promising of very many offers, without making a row of features for each.

A linear model's value of an offer is the sum of what the offer brings alone, what its categories bring for this
customer, a few products of both, and what is the same for every offer. The first part is computed once per set of
offers, the second once per distinct set of categories, so that a request adds a few vectors, whatever the number of
features.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from promo_engine.domain.ports import ConversationContext, CustomerOutlook, OfferSet
from promo_engine.policies.features import (
    AFFINITY,
    DEPTH,
    EMBEDDING_LIKED,
    KIND_AND_DEPTH,
    LIKED,
    SHARED,
    TRIGGER_DEPTH,
    TRIGGER_LIKED,
    WHOLE_BASKET,
    WHOLE_BASKET_BASKETS,
    Places,
    Singles,
    affinity_rows,
    customer_part,
    offer_parts,
    shared_columns,
    trigger_columns,
)


class LinearRewards:
    """The rewards that `models` (K, D) expect."""

    def __init__(self, models: Singles) -> None:
        self._models = models
        self._alone: WeakKeyDictionary[OfferSet, tuple[Singles, Singles]] = WeakKeyDictionary()

    def expect(
        self, *, outlook: CustomerOutlook, context: ConversationContext, of: OfferSet, places: Places
    ) -> Singles:
        """(places, K) the expected reward of each offer under each model."""
        models, parts, customer = self._models, offer_parts(of), customer_part(outlook)
        alone, liked = self._of(of)
        affinity = affinity_rows(outlook, parts)  # (sets, affinity columns)
        triggers, liking = trigger_columns(context), affinity[:, :1]
        set_of = parts.set_of[places]
        # Per set of categories, and with it all that is the same for every offer.
        by_liking = models[:, TRIGGER_LIKED] @ triggers + models[:, EMBEDDING_LIKED] @ customer.embedding  # (K,)
        by_set = affinity @ models[:, AFFINITY].T
        by_set += liking * by_liking
        by_set += models[:, SHARED] @ shared_columns(customer, context)
        values: Singles = liked[places]
        values *= liking[set_of]
        values += alone[places]
        values += by_set[set_of]
        if triggers.any():
            values += np.outer(parts.rows[places, DEPTH], models[:, TRIGGER_DEPTH] @ triggers)
        whole = np.flatnonzero(parts.rows[places, WHOLE_BASKET])
        if len(whole):
            values[whole] += customer.baskets * models[:, WHOLE_BASKET_BASKETS]
        return values

    def _of(self, of: OfferSet) -> tuple[Singles, Singles]:
        """(offers, K) each: what an offer brings alone, and what it brings per unit of liking."""
        known = self._alone.get(of)
        if known is None:
            rows = offer_parts(of).rows
            known = self._alone[of] = (rows @ self._models.T, rows[:, KIND_AND_DEPTH] @ self._models[:, LIKED].T)
        return known


def most_promising(values: Singles, count: int) -> Places:
    """The `count` highest of `values`, as ascending indices; of equal ones the first."""
    # All above the last value that gets in, then those that equal it, until there are enough.
    bar = np.partition(values, len(values) - count)[len(values) - count]
    above = np.flatnonzero(values > bar)
    equal = np.flatnonzero(values == bar)[: count - len(above)]
    return np.sort(np.concatenate([above, equal]))
