"""Training rows: at a moment of a customer's history, which categories do they buy next?

A row is one (customer, moment, category). Its features know purchases up to the moment and its labels only those after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promo_engine.user_model.model import TASTE_DECAY
from promo_engine.user_model.model_settings import ModelSettings
from promo_engine.user_model.pair_features import (
    Floats,
    Singles,
    customer_features,
    fade,
    pair_feature_count,
    pair_features,
)
from promo_engine.user_model.purchase_history import Ints, PurchaseHistory
from promo_engine.user_model.serving.counters import Counters

_SPAN = 100_000.0  # days; keeps the moments of one customer or pair apart from the next one's in a sorted key


@dataclass(frozen=True, eq=False)
class Rows:
    """N rows over M moments."""

    snapshot: Ints
    """(N,) moment of the row."""
    category: Ints
    step: Ints
    """(N,) the pair's last step at the moment, -1 if never bought."""
    pair: Singles
    """(N, features) of `pair_features`, zeros where never bought."""
    share: Singles
    """(N,) weight of the category in the customer's taste."""
    label: Singles
    """(N, outputs) bought within each horizon, bought in the next basket, part of all bought within the first."""
    weight: Singles
    """(N,) how many categories the row stands for: never-bought ones are a sample."""
    customer: Singles
    """(M, features) of `customer_features`."""
    count: Floats
    """(N,) purchases so far: the personal frequency."""
    seen: NDArray[np.bool_]
    """(M, outputs) the history reaches far enough to tell: over the horizon, or to another basket."""


class SnapshotReader:
    """Builds rows at any moments of one history."""

    def __init__(self, history: PurchaseHistory, counters: Counters, settings: ModelSettings) -> None:
        self.history, self.counters, self.settings = history, counters, settings
        self._origin = float(history.basket_day.min())
        self._basket_key = history.basket_customer * _SPAN + (history.basket_day - self._origin)
        self._step_key = history.step_pair * _SPAN + (history.step_day - self._origin)
        self._pair_of = np.full((history.customer_count, history.category_count), -1, dtype=np.int64)
        self._pair_of[history.pair_customer, history.pair_category] = np.arange(len(history.pair_customer))

    def rows(
        self,
        *,
        customer: Ints,
        day: Floats,
        sampled_others: int | None,
        generator: np.random.Generator,
        until: float = np.inf,
    ) -> Rows:
        """Every category bought before, every first purchase that a label tells of, and `sampled_others` of the rest.

        `sampled_others` None takes every category. `until` is the day up to which the history is complete.
        """
        history = self.history
        basket = np.searchsorted(self._basket_key, customer * _SPAN + (day - self._origin), side="right") - 1
        none_yet = basket < history.customer_start[customer]
        snapshot, pair = self._own_pairs(customer)
        step = np.searchsorted(self._step_key, pair * _SPAN + (day[snapshot] - self._origin), side="right") - 1
        bought = step >= history.pair_start[pair]
        labels = self._labels(pair, step, day[snapshot], basket[snapshot])
        keep = bought | (labels.max(axis=1) > 0)
        snapshot, pair, step = snapshot[keep], pair[keep], np.where(bought, step, -1)[keep]
        labels, bought = self._with_share(labels[keep], snapshot), bought[keep]
        category = history.pair_category[pair]
        taken = np.zeros((len(customer), history.category_count), dtype=bool)
        taken[snapshot, category] = True
        other_snapshot, other_category, other_weight = _others(taken, sampled_others, generator)
        count = len(other_snapshot)
        features, share = self._features(snapshot[bought], step[bought], day, basket, none_yet)
        n = len(snapshot) + count
        pair_columns = np.zeros((n, pair_feature_count(self.settings)), np.float32)
        pair_columns[np.flatnonzero(bought)] = features
        shares = np.zeros(n, np.float32)
        shares[np.flatnonzero(bought)] = share
        purchases = np.zeros(n)
        purchases[np.flatnonzero(bought)] = self.counters.step_count[step[bought]]
        return Rows(
            snapshot=np.concatenate([snapshot, other_snapshot]),
            category=np.concatenate([category, other_category]),
            step=np.concatenate([step, np.full(count, -1, dtype=np.int64)]),
            pair=pair_columns,
            share=shares,
            label=np.concatenate([labels, np.zeros((count, labels.shape[1]), np.float32)]),
            weight=np.concatenate([np.ones(len(snapshot), np.float32), other_weight]),
            customer=self._customer_features(day, basket, none_yet),
            count=purchases,
            seen=self._seen(day, has_next=basket + 1 < history.customer_start[customer + 1], until=until),
        )

    def _own_pairs(self, customer: Ints) -> tuple[Ints, Ints]:
        """All pairs of each moment's customer: (moment, pair), ragged and flat."""
        start, end = self.history.customer_pairs[customer], self.history.customer_pairs[customer + 1]
        sizes = end - start
        snapshot = np.repeat(np.arange(len(customer)), sizes)
        offset = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return snapshot, start[snapshot] + offset

    def _labels(self, pair: Ints, step: Ints, day: Floats, basket: Ints) -> Singles:
        """(rows, outputs). `step`, `basket`: the last ones at the moment, one before the first if there are none."""
        history = self.history
        following = np.maximum(step + 1, history.pair_start[pair])
        exists = following < history.pair_start[pair + 1]
        following = np.minimum(following, len(history.step_day) - 1)
        wait = np.where(exists, history.step_day[following] - day, np.inf)
        in_next = exists & (history.step_basket[following] == basket + 1)
        return np.stack([*(wait <= days for days in self.settings.horizons_days), in_next], axis=1).astype(np.float32)

    def _with_share(self, labels: Singles, snapshot: Ints) -> Singles:
        """(rows, outputs) with one more: what part of all that the moment's customer buys in the first horizon."""
        size = np.bincount(snapshot, weights=labels[:, 0])[snapshot]
        return np.column_stack([labels, labels[:, 0] / np.maximum(size, 1.0)]).astype(np.float32)

    def _seen(self, day: Floats, *, has_next: NDArray[np.bool_], until: float) -> NDArray[np.bool_]:
        # A thousandth of a day: sums of days do not come out to the last bit.
        horizons = [day + days <= until + 1e-3 for days in self.settings.horizons_days]
        return np.stack([*horizons, has_next, horizons[0]], axis=1)

    def _features(
        self, snapshot: Ints, step: Ints, day: Floats, basket: Ints, none_yet: NDArray[np.bool_]
    ) -> tuple[Singles, Singles]:
        """Features and taste weights of pairs bought before."""
        history, counters = self.history, self.counters
        first = history.pair_start[history.step_pair[step]]
        number = history.basket_number
        since_days = day[snapshot] - history.step_day[step]
        since_baskets = (number[basket[snapshot]] - number[history.step_basket[step]]).astype(np.float64)
        features, share = pair_features(
            self.settings,
            since_days=since_days,
            since_baskets=since_baskets,
            count=counters.step_count[step],
            span_days=history.step_day[step] - history.step_day[first],
            span_baskets=(number[history.step_basket[step]] - number[history.step_basket[first]]).astype(np.float64),
            decayed=counters.step_decayed[step] * fade(self.settings, days=since_days, baskets=since_baskets),
            customer_decayed=self._customer_decayed(day, basket, none_yet)[snapshot],
        )
        return features, share[:, TASTE_DECAY].astype(np.float32)

    def _customer_decayed(self, day: Floats, basket: Ints, none_yet: NDArray[np.bool_]) -> Floats:
        since = np.where(none_yet, 0.0, day - self.history.basket_day[basket])
        decayed = self.counters.basket_decayed[basket] * fade(self.settings, days=since, baskets=np.zeros_like(since))
        decayed[none_yet] = 0.0
        return decayed

    def _customer_features(self, day: Floats, basket: Ints, none_yet: NDArray[np.bool_]) -> Singles:
        history, known = self.history, ~none_yet
        first = history.customer_start[history.basket_customer[basket]]
        return customer_features(
            self.settings,
            baskets=history.basket_number[basket].astype(np.float64) * known,
            since_days=np.where(known, day - history.basket_day[basket], 0.0),
            tenure_days=np.where(known, day - history.basket_day[first], 0.0),
            decayed=self._customer_decayed(day, basket, none_yet),
            breadth=np.where(known, self.counters.basket_breadth[basket], 0.0),
            spend=np.where(known, self.counters.basket_spend[basket], 0.0),
        )


def _others(
    taken: NDArray[np.bool_], sampled: int | None, generator: np.random.Generator
) -> tuple[Ints, Ints, Singles]:
    """Moments, categories and weights of categories that are neither bought before nor soon."""
    if sampled is None:
        snapshot, category = np.nonzero(~taken)
        return snapshot, category, np.ones(len(snapshot), np.float32)
    drawn = generator.integers(taken.shape[1], size=(len(taken), sampled))
    free = ~taken[np.arange(len(taken))[:, None], drawn]
    snapshot, column = np.nonzero(free)
    weight = (~taken).sum(axis=1) / np.maximum(free.sum(axis=1), 1)
    return snapshot, drawn[snapshot, column], weight[snapshot].astype(np.float32)
