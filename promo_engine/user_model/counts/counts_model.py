"""Levels 0 and 1: what a customer buys next, from counts that are shrunk towards the category and the shop.

A customer's baskets come at a rate, and a basket holds a category with a probability. Both are means of what is known
of the customer and what is usual in the shop, weighted by how alike customers are there (`empirical_bayes`). Level 0,
of a shop without orders, knows the catalogue alone and expects the same of everybody; what customers buy is counted all
the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.user_model.counts.empirical_bayes import Rates
from promo_engine.user_model.model_settings import ModelSettings
from promo_engine.user_model.pair_features import Floats, Singles, customer_features
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.serving.counters import Counters
from promo_engine.user_model.serving.state import CustomerState
from promo_engine.user_model.stepped_model import SteppedModel

_LEAST, _MOST = 1e-7, 1.0 - 1e-7


def counts_settings(*, category_count: int, horizons_days: tuple[float, ...]) -> ModelSettings:
    """Of a model whose counters neither fade nor feed a network."""
    return ModelSettings(
        category_count=category_count,
        hidden_size=0,
        embedding_size=0,
        head_size=0,
        half_lives_days=(),
        half_lives_baskets=(),
        horizons_days=horizons_days,
    )


class CountsCustomerModel(SteppedModel):
    """Level 1. Weights: `share` (categories,), `strength`, `rate_shape` and `rate_days` (1,)."""

    kind = "counts"

    @classmethod
    def of(cls, rates: Rates, *, horizons_days: tuple[float, ...]) -> CountsCustomerModel:
        """The model of these rates."""
        weights = {
            "share": np.asarray(rates.share, dtype=np.float32),
            "strength": np.array([rates.strength], dtype=np.float32),
            "rate_shape": np.array([rates.rate_shape], dtype=np.float32),
            "rate_days": np.array([rates.rate_days], dtype=np.float32),
        }
        return cls(counts_settings(category_count=len(rates.share), horizons_days=horizons_days), weights)

    def _forecast(self, customer: CustomerState, now: float) -> CustomerForecast:
        share, known = self._shares(customer), customer.baskets > 0
        tenure = now - customer.first_day if known else 0.0
        per_day = self._baskets_a_day(customer, tenure)
        probability = np.clip(-np.expm1(-per_day * self.settings.horizon_days * share), _LEAST, _MOST)
        days_since, mean_gap = self._rhythm(customer, now)
        since = now - customer.last_day if known else 0.0
        summary = customer_features(
            self.settings,
            baskets=np.array(float(customer.baskets)),
            since_days=np.array(since),
            tenure_days=np.array(tenure),
            decayed=np.zeros(0),
            breadth=np.array(customer.breadth),
            spend=np.array(customer.spend),
        )
        return CustomerForecast(
            purchase_probability=tuple(probability.tolist()),
            days_since_purchase=tuple(days_since.tolist()),
            mean_gap_days=tuple(mean_gap.tolist()),
            embedding=tuple(summary.astype(float).tolist()),
            basket_count=customer.baskets,
            next_basket_probability=tuple(share.tolist()),
            ranking=tuple(share.tolist()),
            days_to_purchase=tuple((np.log(2.0) / (per_day * share)).tolist()),
            days_since_basket=since if known else None,
            horizon_days=self.settings.horizon_days,
        )

    def _shares(self, customer: CustomerState) -> Floats:
        """(categories,) probability that the customer's next basket holds each."""
        strength, prior = float(self.weights["strength"][0]), self.weights["share"].astype(np.float64)
        held = np.zeros(len(prior))
        held[customer.category] = customer.pair_counts[:, 0]
        return np.clip((strength * prior + held) / (strength + customer.baskets), _LEAST, _MOST)

    def _baskets_a_day(self, customer: CustomerState, tenure_days: float) -> float:
        """The first basket says when counting began, not how often somebody comes back."""
        shape, days = float(self.weights["rate_shape"][0]), float(self.weights["rate_days"][0])
        return (shape + max(customer.baskets - 1, 0)) / (days + tenure_days)

    def _moved(self, memory: Singles, *, inputs: Singles, category: NDArray[np.integer]) -> Singles:
        return memory

    def _memories(self, history: PurchaseHistory, counters: Counters) -> Singles:
        return np.zeros((len(history.pair_start) - 1, 0), dtype=np.float32)


class CatalogueModel(CountsCustomerModel):
    """Level 0: the same expectation of everybody, while purchases are counted for what is to come."""

    kind = "catalogue"

    def _shares(self, customer: CustomerState) -> Floats:
        return np.clip(self.weights["share"].astype(np.float64), _LEAST, _MOST)

    def _baskets_a_day(self, customer: CustomerState, tenure_days: float) -> float:
        return float(self.weights["rate_shape"][0] / self.weights["rate_days"][0])
