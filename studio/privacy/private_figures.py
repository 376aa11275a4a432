"""Figures that may leave the house: sums with differential privacy, and segments large enough to hide in.

OpenDP adds noise so that one customer more or less hardly shows (epsilon-differential privacy, Dwork et al. 2006). A
customer has bounded weight: it counts in at most `most_categories`, and with at most `most_cents` over all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from studio.errors import StrategyError

_MOST_EPSILON = 10.0


@dataclass(frozen=True)
class Budget:
    """What publishing may cost."""

    epsilon: float = 1.0
    """Half for the counts of customers, half for the sums."""
    most_categories: int = 100
    """A customer's spending counts in the categories where it spends most."""
    most_cents: int = 200_000
    """Of a customer in all; who spends more is scaled down, all categories alike."""

    def __post_init__(self) -> None:
        if not 0 < self.epsilon <= _MOST_EPSILON:
            raise StrategyError(f"epsilon {self.epsilon:g}: more than 0 and at most {_MOST_EPSILON:g} is needed")
        if self.most_categories < 1 or self.most_cents < 1:
            raise StrategyError("a customer has to count in at least one category, with at least one cent")


def bounded(lines: pd.DataFrame, budget: Budget) -> pd.DataFrame:
    """customer_id, category, cents: spending after both bounds."""
    spent = lines.dropna(subset="category").groupby(["customer_id", "category"], observed=True)["sales_cents"].sum()
    table = spent[spent > 0].reset_index(name="cents")
    # Ties by name: the same lines give the same table.
    table = table.sort_values(["customer_id", "cents", "category"], ascending=[True, False, True], kind="stable")
    table = table[table.groupby("customer_id").cumcount() < budget.most_categories]
    total = table.groupby("customer_id")["cents"].transform("sum")
    # Whole cents rounded down never add up to more than the bound.
    scaled = table["cents"] * budget.most_cents // total.clip(lower=budget.most_cents)
    return table.assign(cents=scaled)


def private_totals(lines: pd.DataFrame, categories: Sequence[str], budget: Budget) -> pd.DataFrame:
    """By each of `categories` (a public list, also those nobody buys): customers and sales_cents, both with noise,
    and half the width of their 95 % intervals. Noise is fresh at every call; asking twice costs the budget twice."""
    table = bounded(lines, budget)
    grouped = table[table["category"].isin(list(categories))].groupby("category", observed=True)["cents"]
    true = pd.DataFrame({"customers": grouped.size(), "sales_cents": grouped.sum()})
    true = true.reindex(list(categories)).fillna(0).astype("int64")
    half = budget.epsilon / 2
    count_scale, sum_scale = budget.most_categories / half, budget.most_cents / half
    counts = noised(true["customers"].tolist(), scale=count_scale, sensitivity=budget.most_categories, epsilon=half)
    sums = noised(true["sales_cents"].tolist(), scale=sum_scale, sensitivity=budget.most_cents, epsilon=half)
    return pd.DataFrame(
        {
            "category": list(categories),
            "customers": counts,
            "customers_half_width": round(count_scale * np.log(20)),
            "sales_cents": sums,
            "sales_half_width": round(sum_scale * np.log(20)),
        }
    )


def noised(values: list[int], *, scale: float, sensitivity: int, epsilon: float) -> list[int]:
    """Discrete Laplace noise on a vector that one customer changes by at most `sensitivity` in all (L1)."""
    import opendp.prelude as dp  # noqa: PLC0415  slow to import

    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    measurement = dp.m.make_laplace(*space, scale=scale)
    if measurement.map(sensitivity) > epsilon * (1 + 1e-9):  # type: ignore[no-untyped-call]
        raise StrategyError("the noise would not keep the budget")
    noised: list[int] = [max(int(value), 0) for value in measurement(values)]
    return noised


@dataclass(frozen=True, eq=False)
class AnonymityCheck:
    """How well customers hide among others with the same answers."""

    k: int
    smallest: int
    """Members of the smallest group."""
    exposed: int
    """Customers in groups smaller than k."""
    groups: pd.DataFrame
    """The groups smaller than k with `members`."""

    @property
    def passed(self) -> bool:
        """Whether everybody shares a group with k - 1 others."""
        return self.exposed == 0


def check_anonymity(people: pd.DataFrame, columns: Sequence[str], *, k: int = 10) -> AnonymityCheck:
    """Group people by the columns that an outsider may know; a missing answer is an answer. Raises StrategyError."""
    if k < 2:
        raise StrategyError(f"k {k}: 2 or more is needed")
    missing = [name for name in columns if name not in people]
    if missing or not columns or people.empty:
        raise StrategyError(f"nobody, or no such column to check: {', '.join(missing) or 'none given'}")
    sizes = people.groupby(list(columns), dropna=False, observed=True).size().rename("members").reset_index()
    small = sizes[sizes["members"] < k].sort_values("members", ignore_index=True)
    return AnonymityCheck(k, int(sizes["members"].min()), int(small["members"].sum()), small)


def publishable(segments: pd.Series, *, k: int = 10) -> pd.Series:
    """Customers by segment with those smaller than k put together as "others"; refused if "others" stay too few.

    The smallest of the large ones joins them if need be. Raises StrategyError if fewer than k customers are in all.
    """
    sizes = segments.value_counts()
    if sizes.sum() < k:
        raise StrategyError(f"{sizes.sum()} customers in all are fewer than {k}; nothing can be published")
    small = sizes[sizes < k]
    if small.empty:
        return sizes
    while 0 < small.sum() < k:
        small = sizes.sort_values().head(len(small) + 1)
    return pd.concat([sizes.drop(small.index), pd.Series({"others": int(small.sum())})])
