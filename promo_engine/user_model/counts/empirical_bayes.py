"""How far counts are to be trusted: empirical Bayes on two levels, customer -> category -> shop.

Whether a basket of a customer holds a category is a coin of the customer's own; a customer's coins for a category vary
around the category's mean as a beta distribution, categories' means around the shop's likewise (beta-binomial: Skellam,
JRSS B 1948). How often a customer comes is a Poisson process of the customer's own rate, rates vary as a gamma
distribution (NBD: Ehrenberg, Applied Statistics 1959). The widths are those that make all purchases most likely
(Robbins 1956; Casella, The American Statistician 1985), held near a guess while there are few purchases.

Numbers come as integers from 0 on, so that log gamma functions are sums of logarithms; numpy is enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promo_engine.user_model.purchase_history import Floats, Ints, PurchaseHistory

_STRENGTHS = 2.0 ** np.arange(-1.0, 11.5, 0.5)
"""Baskets that a mean counts for."""
_STRENGTH_GUESS = 8.0
_SHAPES = 2.0 ** np.arange(-5.0, 5.5, 0.5)
_DAYS = 2.0 ** np.arange(1.0, 14.5, 0.5)
_SHAPE_GUESS, DAYS_BETWEEN_GUESS = 1.0, 90.0
"""A customer of whom nothing is known comes back every 90 days: a quarter, the longest horizon."""
_SPREAD = 2.0
"""Standard deviation of each width around its guess, in natural logarithms."""
_MOST_COUNTED = 4096
"""Baskets of one customer; more of them say nothing new of how alike customers are."""
CATEGORIES_A_BASKET = 2.0
"""What a basket of a shop without orders is taken to hold."""


@dataclass(frozen=True, eq=False)
class Rates:
    """What is usual in a shop, and how much of it a customer keeps."""

    share: Floats
    """(categories,) mean probability that a basket holds each."""
    strength: float
    """Baskets of the customer's own after which the mean counts half."""
    rate_shape: float
    """Repeat baskets that the mean counts for."""
    rate_days: float
    """Days that the mean counts for; `rate_shape / rate_days` is the mean rate."""


def rates_of_catalogue(products: Ints) -> Rates:
    """Of a shop without orders; `products` (categories,) are on sale.

    Popularity falls with the rank by products as 1 / rank (Zipf 1949), equal ranks sharing theirs.
    """
    weight = np.zeros(len(products))
    order = np.argsort(-products, kind="stable")
    weight[order] = 1.0 / np.arange(1, len(products) + 1)
    _, group = np.unique(products, return_inverse=True)
    weight = (np.bincount(group, weights=weight) / np.bincount(group))[group] if len(products) else weight
    share = np.minimum(CATEGORIES_A_BASKET * weight / max(float(weight.sum()), 1e-12), 0.5)
    return Rates(share, _STRENGTH_GUESS, _SHAPE_GUESS, DAYS_BETWEEN_GUESS)


def rates_of(history: PurchaseHistory) -> Rates:
    """Of a shop with at least one basket."""
    baskets = np.diff(history.customer_start)
    customer, category = history.pair_customer, history.pair_category
    held = np.diff(history.pair_start)
    total = np.bincount(category, weights=held, minlength=history.category_count).astype(np.float64)
    share = _category_shares(total, len(history.basket_day))
    strength = _strength(np.minimum(held, _MOST_COUNTED), category, np.minimum(baskets, _MOST_COUNTED), customer, share)
    shape, days = _rate(history, baskets)
    return Rates(share, strength, shape, days)


def _category_shares(held: Floats, baskets: int) -> Floats:
    """(categories,) share of the baskets that hold each, shrunk towards the mean category's."""
    if not len(held):
        return held
    mean = float(np.clip(held.mean() / baskets, 1e-6, 0.5))
    counts = np.minimum(held, baskets).astype(np.int64)
    fits = [
        float((_rising(strength * mean, counts) + _rising(strength * (1.0 - mean), baskets - counts)).sum())
        - len(counts) * float(_rising(strength, np.array([baskets]))[0])
        for strength in _STRENGTHS
    ]
    strength = _best(_STRENGTHS, np.array(fits), guess=_STRENGTH_GUESS)
    return np.asarray((held + strength * mean) / (baskets + strength))


def _strength(held: Ints, category: Ints, baskets: Ints, customer: Ints, share: Floats) -> float:
    """How alike customers are: the beta distributions' common strength around the categories' shares."""
    if not len(held):
        return _STRENGTH_GUESS
    buyers = np.bincount(baskets, minlength=int(baskets.max()) + 1).astype(np.float64)  # (most + 1,) customers
    of_pair = baskets[customer]
    fits = []
    for strength in _STRENGTHS:
        yes = _rising_table(strength * share, int(held.max()))  # (categories, k + 1)
        no = _rising_table(strength * (1.0 - share), len(buyers) - 1)
        total = _rising_table(np.array([strength]), len(buyers) - 1)[0]
        fit = (yes[category, held] + no[category, of_pair - held] - no[category, of_pair]).sum()
        fits.append(float(fit + (no @ buyers).sum() - len(share) * (total @ buyers)))
    return _best(_STRENGTHS, np.array(fits), guess=_STRENGTH_GUESS)


def _rate(history: PurchaseHistory, baskets: Ints) -> tuple[float, float]:
    """Shape and days of the gamma distribution of customers' rates, from repeat baskets since their first one."""
    known = np.flatnonzero(baskets)
    first = history.basket_day[history.customer_start[known]]
    days = float(history.basket_day.max()) - first  # (n,) how long each was seen
    repeats = np.minimum(baskets[known] - 1, _MOST_COUNTED)
    fits = np.empty((len(_SHAPES), len(_DAYS)))
    longer = np.log(_DAYS[:, None] + days)  # (widths, n)
    by_days = longer.sum(axis=1), longer @ repeats
    for row, shape in enumerate(_SHAPES):
        rising = float(_rising(float(shape), repeats).sum())
        fits[row] = rising + shape * (len(known) * np.log(_DAYS) - by_days[0]) - by_days[1]
    mean_days = _DAYS / _SHAPES[:, None]
    fits -= 0.5 * (np.log(mean_days / DAYS_BETWEEN_GUESS) / _SPREAD) ** 2
    fits -= 0.5 * (np.log(_SHAPES[:, None] / _SHAPE_GUESS) / _SPREAD) ** 2
    best = int(fits.argmax())
    return float(_SHAPES[best // len(_DAYS)]), float(_DAYS[best % len(_DAYS)])


def _best(widths: Floats, fits: Floats, *, guess: float) -> float:
    return float(widths[int((fits - 0.5 * (np.log(widths / guess) / _SPREAD) ** 2).argmax())])


def _rising_table(start: Floats, most: int) -> Floats:
    """(n, most + 1) logarithms of the rising factorials of each start: log gamma(start + k) - log gamma(start)."""
    steps = np.log(start[:, None] + np.arange(most))
    return np.concatenate([np.zeros((len(start), 1)), np.cumsum(steps, axis=1)], axis=1)


def _rising(start: float, counts: NDArray[np.int64]) -> Floats:
    """The same of one start at these counts."""
    table: Floats = _rising_table(np.array([start]), int(counts.max(initial=0)))[0]
    return np.asarray(table[counts])
