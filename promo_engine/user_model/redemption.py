"""How likely a customer is to redeem any coupon of a promotion that is sent to them.

One row per (customer, promotion). The columns say how much the customer buys and lately bought, how much of the
promotion's categories, how often they were sent coupons and redeemed one before, how large the promotion is, and, from
the user model's forecast on its first day, how likely they are to buy from each coupon's categories before long.
Chosen on validation promotions among boosted trees and regularised logistic regression (docs/decisions/0016).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from promo_engine.user_model.purchase_history import Floats, Ints, PurchaseHistory
from promo_engine.user_model.sent_promotion import SentPromotion
from promo_engine.user_model.stepped_model import SteppedModel, moment_of_day

RECENT_DAYS = 28.0
COUNTED_COLUMNS = (
    "baskets",
    "spend",
    "days_since_basket",
    "recent_baskets",
    "breadth",
    "coupon_purchases",
    "coupon_categories_bought",
    "coupon_most_bought",
    "promotions_sent",
    "promotions_redeemed",
    "redeemed_share",
    "coupon_sets",
    "coupon_categories",
)
FORECAST_COLUMNS = ("expected_sum", "expected_most", "expected_top_five")
"""Of the probabilities to buy from each coupon's categories."""
COLUMNS = COUNTED_COLUMNS + FORECAST_COLUMNS


@dataclass(frozen=True, eq=False)
class RedemptionRows:
    """N (customer, promotion) rows."""

    values: Floats
    """(N, COLUMNS)."""
    redeemed: NDArray[np.bool_]
    customer: Ints
    promotion: Ints
    """(N,) place in the order of time."""

    def of(self, chosen: NDArray[np.bool_]) -> RedemptionRows:
        """Some of the rows."""
        return RedemptionRows(self.values[chosen], self.redeemed[chosen], self.customer[chosen], self.promotion[chosen])


def redemption_rows(
    model: SteppedModel, history: PurchaseHistory, promotions: Sequence[SentPromotion]
) -> RedemptionRows:
    """Rows as of the day each promotion began; a redemption counts as known 28 days after its promotion began."""
    sent: list[tuple[float, Ints]] = []
    redeemed: list[tuple[float, Ints]] = []
    parts: list[RedemptionRows] = []
    for number, promotion in enumerate(sorted(promotions, key=lambda promotion: promotion.day)):
        past_sent = _times(sent, before=promotion.day - RECENT_DAYS, count=history.customer_count)[promotion.customers]
        past_redeemed = _times(redeemed, before=promotion.day - RECENT_DAYS, count=history.customer_count)[
            promotion.customers
        ]
        values = _values(model, history, promotion, past_sent, past_redeemed)
        parts.append(
            RedemptionRows(values, promotion.redeemed, promotion.customers, np.full(len(promotion.customers), number))
        )
        sent.append((promotion.day, promotion.customers))
        redeemed.append((promotion.day, promotion.customers[promotion.redeemed]))
    columns = ("values", "redeemed", "customer", "promotion")
    return RedemptionRows(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def _times(events: Sequence[tuple[float, Ints]], *, before: float, count: int) -> Floats:
    """(customers,) how often each occurs in events of a day before."""
    found = np.zeros(count)
    for day, customers in events:
        if day < before:
            found[customers] += 1.0
    return found


def _values(
    model: SteppedModel,
    history: PurchaseHistory,
    promotion: SentPromotion,
    past_sent: Floats,
    past_redeemed: Floats,
) -> Floats:
    known = history.select(customers=promotion.customers, before_day=promotion.day)
    categories = sorted(frozenset().union(*promotion.category_sets))
    bought = np.zeros((len(promotion.customers), history.category_count))
    np.add.at(bought, (known.basket_customer[known.step_basket], known.step_category), 1.0)
    baskets = np.diff(known.customer_start).astype(np.float64)
    last = np.full(len(baskets), -np.inf)
    last[baskets > 0] = known.basket_day[known.customer_start[1:][baskets > 0] - 1]
    recent = known.basket_customer[known.basket_day > promotion.day - RECENT_DAYS]
    spend = np.bincount(
        known.basket_customer[known.step_basket], weights=known.step_spend, minlength=len(promotion.customers)
    )
    own = bought[:, categories] if categories else np.zeros((len(promotion.customers), 1))
    expected = _set_probabilities(model, known, promotion)
    top = -np.sort(-expected, axis=1)
    columns = [
        baskets,
        np.log1p(np.maximum(spend, 0.0)),
        np.minimum(promotion.day - last, 365.0),
        np.bincount(recent, minlength=len(promotion.customers)),
        (bought > 0).sum(axis=1),
        np.log1p(own.sum(axis=1)),
        (own > 0).sum(axis=1),
        np.log1p(own.max(axis=1)),
        past_sent,
        past_redeemed,
        past_redeemed / (past_sent + 1.0),
        np.full(len(baskets), len(promotion.category_sets)),
        np.full(len(baskets), len(categories)),
        np.log1p(expected.sum(axis=1)),
        top[:, 0],
        top[:, :5].sum(axis=1),
    ]
    return np.stack(columns, axis=1).astype(np.float64)


def _set_probabilities(model: SteppedModel, known: PurchaseHistory, promotion: SentPromotion) -> Floats:
    """(n, sets) to buy from each coupon's categories within the horizon, categories taken as independent."""
    inside = np.zeros((known.category_count, max(len(promotion.category_sets), 1)))
    for column, categories in enumerate(promotion.category_sets):
        inside[sorted(categories), column] = 1.0
    at = moment_of_day(promotion.day)
    forecasts = [model.forecast(state, at=at).purchase_probability for state in model.states(known)]
    probability = np.array(forecasts).reshape(len(promotion.customers), known.category_count)
    chance: Floats = -np.expm1(np.log1p(-probability) @ inside)
    return chance


class RedemptionModel:
    """Small boosted trees, several seeds, whose log-odds are averaged: few rows redeem, and one seed alone is luck."""

    def __init__(self, trees: Sequence[HistGradientBoostingClassifier]) -> None:
        self._trees = trees

    @classmethod
    def fit(cls, rows: RedemptionRows, *, seeds: int = 5) -> RedemptionModel:
        """A second or two. Raises ValueError without both outcomes."""
        if len(np.unique(rows.redeemed)) < 2:
            raise ValueError("a redemption model needs promotions that some redeemed and some did not")
        trees = [
            HistGradientBoostingClassifier(
                max_iter=100,
                learning_rate=0.03,
                max_leaf_nodes=6,
                min_samples_leaf=30,
                l2_regularization=1.0,
                max_features=0.4,
                random_state=seed,
            )
            for seed in range(seeds)
        ]
        return cls([tree.fit(rows.values, rows.redeemed) for tree in trees])

    def probability(self, values: Floats) -> Floats:
        """(N,) of (N, columns)."""
        said: Floats = expit(np.mean([tree.decision_function(values) for tree in self._trees], axis=0))
        return said
