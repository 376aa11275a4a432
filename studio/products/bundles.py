"""Two products of different categories that customers buy together anyway, as what a bundle offer can be about.

Of each category its best-selling products look for the partner among the best-selling ones of all other categories
with which they are most surely together more often than chance (the lower end of the lift, as for complements).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix

_BEST = 3
"""Products that stand for a category."""
LEAST_TOGETHER, LEAST_CUSTOMERS = 12, 8
"""Baskets and customers in the weeks that are looked at; below that one customer's habit would make a bundle."""


@dataclass(frozen=True)
class Bundle:
    """One piece of each of two products."""

    product_ids: tuple[str, str]
    """The first is of the category that the bundle is found under."""
    names: tuple[str, str]
    full_cents: int
    """What both cost before discounts."""
    lift: float
    """So many times as often together as by chance."""
    weekly_cents: float
    """What the baskets that hold both spend on the two in a week, without any offer."""


def find_bundles(
    lines: pd.DataFrame, names: Mapping[str, str], categories: Sequence[str], *, weeks: int
) -> dict[str, Bundle]:
    """Find a bundle for each category that has one. `lines` are those of so many weeks, `names` are by product_id."""
    known = lines[lines["category"].isin(categories) & (lines["quantity"] > 0)]
    sold = known.groupby(["category", "product_id"], observed=True).size().rename("lines").reset_index()
    best = sold.sort_values(["category", "lines", "product_id"], ascending=[True, False, True])
    best = best.groupby("category", observed=True).head(_BEST)
    products = list(best["product_id"])
    category = best["category"].astype("str").to_numpy()
    known = known[known["product_id"].isin(products)].drop_duplicates(["basket_id", "product_id"])
    if known.empty:
        return {}
    basket = pd.factorize(known["basket_id"])[0]
    column = known["product_id"].map({name: at for at, name in enumerate(products)}).to_numpy(dtype=np.int64)
    held = csr_matrix((np.ones(len(known)), (basket, column)), shape=(basket.max() + 1, len(products)))
    together = np.asarray((held.T @ held).todense())
    np.fill_diagonal(together, 0.0)
    company = together.sum(axis=1)
    lift = together * company.sum() / np.maximum(company[:, None] * company[None, :], 1e-9)
    sure = lift * (1 - 1.645 / np.sqrt(np.maximum(together, 1)))
    sure[(category[:, None] == category[None, :]) | (together < LEAST_TOGETHER) | (sure <= 1)] = -np.inf
    owner = pd.factorize(known.drop_duplicates("basket_id")["customer_id"])[0]
    columns = held.tocsc()
    price = _prices(lines[lines["product_id"].isin(products)]).reindex(products).to_numpy()
    found: dict[str, Bundle] = {}
    for name in sorted(set(category)):
        for first, second in _best_pairs(sure, np.flatnonzero(category == name)):
            both = np.intersect1d(columns[:, [first]].indices, columns[:, [second]].indices)
            if len(np.unique(owner[both])) >= LEAST_CUSTOMERS:
                full = int(price[first] + price[second])
                found[name] = Bundle(
                    product_ids=(products[first], products[second]),
                    names=(names.get(products[first], name).lower(), names.get(products[second], name).lower()),
                    full_cents=full,
                    lift=float(lift[first, second]),
                    weekly_cents=float(full * together[first, second] / weeks),
                )
                break
    return found


def _prices(lines: pd.DataFrame) -> pd.Series:
    """What a piece costs before discounts, at least a cent, by product_id."""
    full = (lines["sales_cents"] + lines["discount_cents"]) / lines["quantity"].clip(lower=1)
    return full.groupby(lines["product_id"]).median().round().clip(lower=1)


def _best_pairs(sure: npt.NDArray[np.float64], rows: npt.NDArray[np.intp]) -> list[tuple[int, int]]:
    """Pairs of one of the rows with any product, the surest first, ten at most."""
    some = [(sure[row, other], int(row), int(other)) for row in rows for other in np.argsort(-sure[row])[:5]]
    return [(row, other) for value, row, other in sorted(some, key=lambda pair: -pair[0])[:10] if np.isfinite(value)]
