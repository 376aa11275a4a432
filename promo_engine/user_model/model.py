"""The LSTM user model at work: what a customer buys next, from counters and one LSTM memory per category bought."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.user_model.pair_features import (
    Floats,
    Singles,
    customer_features,
    fade,
    pair_feature_count,
    pair_features,
)
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.serving.counters import Counters
from promo_engine.user_model.serving.inference import head_logits, last_memories, lstm_step, sigmoid
from promo_engine.user_model.serving.state import CustomerState
from promo_engine.user_model.stepped_model import SteppedModel


class LstmCustomerModel(SteppedModel):
    """Level 2: `network.PurchaseNetwork`, read by numpy alone."""

    kind = "lstm"

    def _forecast(self, customer: CustomerState, now: float) -> CustomerForecast:
        settings, count = self.settings, self.settings.category_count
        known = customer.baskets > 0
        since = now - customer.last_day if known else 0.0
        decayed = customer.decayed * fade(settings, days=np.array(since), baskets=np.array(0.0))
        summary = customer_features(
            settings,
            baskets=np.array(float(customer.baskets)),
            since_days=np.array(since),
            tenure_days=np.array(now - customer.first_day if known else 0.0),
            decayed=decayed,
            breadth=np.array(customer.breadth),
            spend=np.array(customer.spend),
        )
        bought = customer.category
        since_days = now - customer.pair_days[:, 1]
        since_baskets = (customer.baskets - customer.pair_counts[:, 2]).astype(np.float64)
        span_days = customer.pair_days[:, 1] - customer.pair_days[:, 0]
        purchases = customer.pair_counts[:, 0].astype(np.float64)
        features, share = pair_features(
            settings,
            since_days=since_days,
            since_baskets=since_baskets,
            count=purchases,
            span_days=span_days,
            span_baskets=(customer.pair_counts[:, 2] - customer.pair_counts[:, 1]).astype(np.float64),
            decayed=customer.pair_decayed * fade(settings, days=since_days, baskets=since_baskets),
            customer_decayed=decayed[None, :],
        )
        weight = share[:, TASTE_DECAY].astype(np.float32)
        taste = weight @ self.weights["taste.weight"][bought] / (weight.sum() + np.float32(1.0))
        hidden = np.zeros((count, settings.hidden_size), np.float32)
        hidden[bought] = customer.memory[:, : settings.hidden_size]
        pair = np.zeros((count, pair_feature_count(settings)), np.float32)
        pair[bought] = features
        logits = head_logits(
            self.weights, hidden=hidden, pair=pair, category=np.arange(count), customer=summary, taste=taste
        )
        probability = np.clip(sigmoid(logits), 1e-7, 1.0 - 1e-7).astype(np.float64)
        days_since, mean_gap = self._rhythm(customer, now)
        return CustomerForecast(
            purchase_probability=tuple(probability[:, 0].tolist()),
            days_since_purchase=tuple(days_since.tolist()),
            mean_gap_days=tuple(mean_gap.tolist()),
            embedding=tuple(np.concatenate([summary, taste]).astype(float).tolist()),
            basket_count=customer.baskets,
            next_basket_probability=tuple(probability[:, settings.next_basket].tolist()),
            ranking=tuple(np.sqrt(probability[:, 0] * probability[:, settings.next_basket + 1]).tolist()),
            days_to_purchase=tuple(
                median_wait(settings.horizons_days, probability[:, : settings.next_basket]).tolist()
            ),
            days_since_basket=since if known else None,
            horizon_days=settings.horizon_days,
        )

    def _moved(self, memory: Singles, *, inputs: Singles, category: NDArray[np.integer]) -> Singles:
        return lstm_step(self.weights, inputs=inputs, category=category, memory=memory)

    def _memories(self, history: PurchaseHistory, counters: Counters) -> Singles:
        return last_memories(self.weights, history, counters)


def median_wait(horizons_days: Sequence[float], probability: Floats) -> Floats:
    """(n,) days until half of the customers like this one have bought; `probability` is (n, horizons).

    The hazard is constant between horizons, and after the last one what it was on average (piecewise exponential).
    """
    knots = np.array([0.0, *horizons_days])
    grown = np.maximum.accumulate(-np.log1p(-probability), axis=1)  # cumulative hazard at the horizons
    hazard = np.concatenate([np.zeros((len(grown), 1)), grown], axis=1)
    wanted = np.log(2.0)
    wait: Floats = wanted * knots[-1] / hazard[:, -1]
    for left in range(len(knots) - 2, -1, -1):
        before, after = hazard[:, left], hazard[:, left + 1]
        inside = (before <= wanted) & (after >= wanted) & (after > before)
        part = (wanted - before) / np.where(inside, after - before, 1.0)
        wait = np.where(inside, knots[left] + part * (knots[left + 1] - knots[left]), wait)
    return wait


TASTE_DECAY = 2
"""Which of the faded shares weighs a category in a customer's taste: the slowest one in days."""
