"""The two ranking tasks of the user-model benchmark, on weeks that no model was fitted on.

The last four weeks are the test, the four before them are for validation and early stopping, everything sooner is for
training. **Next basket**: one case per household that had at least four baskets, its last basket in the window, asked
just before it. **Next seven days**: one case per household and week of the window in which it bought something. What is
known at a case is every purchase before it, its own window's included; weights and settings were fixed before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from promo_engine.user_model.purchase_history import Floats, Ints, PurchaseHistory

Task = Literal["next_basket", "next_week"]
Scores = NDArray[np.floating]
"""(N, categories) the higher, the sooner it is bought."""
WINDOW_DAYS = 28.0
HORIZON_DAYS = 7.0
LEAST_BASKETS = 4
_JUST_BEFORE = 1e-3
"""Days; a minute and a half, which the keys of `SnapshotReader` can tell from the moment itself."""


@dataclass(frozen=True, eq=False)
class Cases:
    """N questions "what does this household buy now?" with their answers."""

    known: PurchaseHistory
    """What is known when they are asked, for all households."""
    customer: Ints
    """(N,)."""
    day: Floats
    """(N,) when."""
    bought: NDArray[np.bool_]
    """(N, categories) the answers."""


@dataclass(frozen=True, eq=False)
class Material:
    """What a rival may learn from."""

    history: PurchaseHistory
    """The whole, for features at moments of the past; labels are taken before `validation_from` only."""
    validation_from: float
    validation: Cases
    """Next baskets of the validation weeks."""


def windows(history: PurchaseHistory) -> tuple[float, float, float]:
    """First days of validation and test, and the end."""
    end = float(history.basket_day.max())
    return end - 2 * WINDOW_DAYS, end - WINDOW_DAYS, np.nextafter(end, np.inf)


def next_basket_cases(history: PurchaseHistory, *, start: float, end: float) -> Cases:
    """The last basket of each household in [start, end)."""
    seen = history.select(before_day=end)
    last = seen.customer_start[1:] - 1
    enough = np.diff(seen.customer_start) >= LEAST_BASKETS
    customers = np.flatnonzero(enough & (seen.basket_day[np.maximum(last, 0)] >= start))
    baskets = last[customers]
    bought = np.zeros((len(customers), seen.category_count), dtype=bool)
    position = np.full(len(seen.basket_day), -1)
    position[baskets] = np.arange(len(customers))
    of_case = position[seen.step_basket] >= 0
    bought[position[seen.step_basket[of_case]], seen.step_category[of_case]] = True
    day = seen.basket_day[baskets] - _JUST_BEFORE
    return Cases(known=without_baskets(seen, baskets), customer=customers, day=day, bought=bought)


def without_baskets(history: PurchaseHistory, baskets: Ints) -> PurchaseHistory:
    """The history less these baskets."""
    keep = np.ones(len(history.basket_day), dtype=bool)
    keep[baskets] = False
    steps = keep[history.step_basket]
    return PurchaseHistory.build(
        customer_count=history.customer_count,
        category_count=history.category_count,
        basket_customer=history.basket_customer[keep],
        basket_day=history.basket_day[keep],
        step_basket=(np.cumsum(keep) - 1)[history.step_basket[steps]],
        step_category=history.step_category[steps],
        step_quantity=history.step_quantity[steps],
        step_spend=history.step_spend[steps],
    )


def next_week_cases(history: PurchaseHistory, *, start: float, end: float) -> list[Cases]:
    """The weeks of [start, end), one `Cases` each; households without a purchase before or in the week are left out."""
    return [_week(history, week) for week in np.arange(start, end - HORIZON_DAYS + 1e-3, HORIZON_DAYS)]


def _week(history: PurchaseHistory, week: float) -> Cases:
    inside = (history.step_day >= week) & (history.step_day < week + HORIZON_DAYS)
    bought = np.zeros((history.customer_count, history.category_count), dtype=bool)
    bought[history.basket_customer[history.step_basket[inside]], history.step_category[inside]] = True
    known = history.select(before_day=week)
    customers = np.flatnonzero(bought.any(axis=1) & (np.diff(known.customer_start) > 0))
    return Cases(known=known, customer=customers, day=np.full(len(customers), week), bought=bought[customers])


def ranking_quality(ranking: NDArray[np.floating], bought: NDArray[np.bool_], *, depth: int) -> Floats:
    """(N, 2) Recall@depth and NDCG@depth with binary gains. Every row must have bought something."""
    top = np.argsort(-ranking, axis=1, kind="stable")[:, :depth]
    hits = np.take_along_axis(bought, top, axis=1)
    total = bought.sum(axis=1)
    gains = 1.0 / np.log2(np.arange(2, depth + 2))
    ideal = np.cumsum(gains)[np.minimum(total, depth) - 1]
    return np.stack([hits.sum(axis=1) / total, (hits * gains).sum(axis=1) / ideal], axis=1)


def bootstrap_low(values: Floats, customer: Ints, *, draws: int = 2_000, seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile interval of the mean, households drawn with all their cases."""
    households, position = np.unique(customer, return_inverse=True)
    total, count = np.bincount(position, weights=values), np.bincount(position)
    drawn = np.random.default_rng(seed).integers(len(households), size=(draws, len(households)))
    means = total[drawn].sum(axis=1) / count[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)
