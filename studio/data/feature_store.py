"""Features of customers and categories as they were known at a moment, kept as Parquet files by moment.

Point in time: a table made for a moment reads lines before it and nothing else, so adding later lines changes no table
of the past; joining takes the newest table that is not newer than the moment asked for. That is what keeps the answer
out of the question when a model is trained on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from studio.errors import StrategyError, TooLittleHistory

WINDOWS_DAYS = (28, 91, 364)


def customer_features(lines: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """One row a customer that bought before `at`, indexed by customer_id. Money is cents, times are days.

    recency_days, tenure_days, gap_days (mean between shopping days; the tenure for one day), and for windows of 28, 91
    and 364 days: baskets_N, sales_cents_N, discount_share_N, categories_N; basket_cents, weekend_share, coupon_lines.
    """
    known = lines[lines["bought_at"] < at]
    if known.empty:
        raise TooLittleHistory(f"before {at:%Y-%m-%d}", found=0, needed=1, unit="lines")
    by_customer = known.groupby("customer_id")
    last, first = by_customer["bought_at"].max(), by_customer["bought_at"].min()
    shopping_days = by_customer["day"].nunique()
    tenure = _days(at - first)
    features = pd.DataFrame({"recency_days": _days(at - last), "tenure_days": tenure})
    gap = _days(last - first) / (shopping_days - 1).clip(lower=1)
    features["gap_days"] = gap.where(shopping_days > 1, tenure)
    for days in WINDOWS_DAYS:
        features = features.join(_window(known[known["bought_at"] >= at - pd.Timedelta(days=days)], days))
    features["basket_cents"] = by_customer["sales_cents"].sum() / by_customer["basket_id"].nunique()
    weekend = known["day"].dt.day_of_week >= 5
    features["weekend_share"] = weekend.groupby(known["customer_id"]).mean()
    features["coupon_lines"] = (known["coupon_cents"] + known["code_cents"] > 0).groupby(known["customer_id"]).sum()
    return features.fillna(0.0)


def category_features(lines: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """One row a category sold before `at`: lines_N, sales_cents_N, discount_share_N, customers_N."""
    known = lines[lines["bought_at"] < at].dropna(subset="category")
    if known.empty:
        raise TooLittleHistory(f"before {at:%Y-%m-%d}", found=0, needed=1, unit="lines")
    table = pd.DataFrame(index=pd.Index(sorted(known["category"].astype(str).unique()), name="category"))
    for days in WINDOWS_DAYS:
        recent = known[known["bought_at"] >= at - pd.Timedelta(days=days)]
        grouped = recent.assign(category=recent["category"].astype(str)).groupby("category")
        sold, given = grouped["sales_cents"].sum(), grouped["discount_cents"].sum()
        table[f"lines_{days}"] = grouped.size()
        table[f"sales_cents_{days}"] = sold
        table[f"discount_share_{days}"] = given / (sold + given).clip(lower=1)
        table[f"customers_{days}"] = grouped["customer_id"].nunique()
    return table.fillna(0.0)


def _days(durations: pd.Series) -> pd.Series:
    days: pd.Series = durations.dt.total_seconds() / 86_400
    return days


def _window(recent: pd.DataFrame, days: int) -> pd.DataFrame:
    grouped = recent.groupby("customer_id")
    sold, given = grouped["sales_cents"].sum(), grouped["discount_cents"].sum()
    return pd.DataFrame(
        {
            f"baskets_{days}": grouped["basket_id"].nunique(),
            f"sales_cents_{days}": sold,
            f"discount_share_{days}": given / (sold + given).clip(lower=1),
            f"categories_{days}": grouped["category"].nunique(),
        }
    )


class FeatureStore:
    """Tables of features by the moment they are for, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, table: pd.DataFrame, at: pd.Timestamp) -> Path:
        """Keep a table made for `at` (a whole day); the same moment again replaces it, whole or not at all."""
        if at != at.normalize():
            raise StrategyError(f"features are kept by whole days, {at} is none")
        path = self._folder / name / f"{at:%Y-%m-%d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        table.to_parquet(unfinished)
        return unfinished.replace(path)

    def moments(self, name: str) -> list[pd.Timestamp]:
        """For which moments there are tables, oldest first."""
        return sorted(pd.Timestamp(path.stem) for path in (self._folder / name).glob("*.parquet"))

    def read(self, name: str, at: pd.Timestamp) -> pd.DataFrame:
        """The newest table that is not newer than `at`, with the column `known_at`. Raises StrategyError for none."""
        older = [moment for moment in self.moments(name) if moment <= at]
        if not older:
            raise StrategyError(f"no features of {name} are kept for {at:%Y-%m-%d} or before")
        table = pd.read_parquet(self._folder / name / f"{older[-1]:%Y-%m-%d}.parquet")
        return table.assign(known_at=older[-1])

    def join(self, name: str, wanted: pd.DataFrame, *, key: str, moment: str) -> pd.DataFrame:
        """Each row of `wanted` with what was known of its `key` at its `moment`; missing where nothing was."""
        moments = self.moments(name)
        parts: list[pd.DataFrame] = []
        places = np.searchsorted(np.array(moments, dtype="datetime64[ns]"), wanted[moment].to_numpy(), side="right")
        for index in np.unique(places):
            rows = wanted[places == index]
            parts.append(rows if index == 0 else rows.join(self.read(name, moments[index - 1]), on=key))
        return pd.concat(parts).loc[wanted.index] if parts else wanted


def month_starts(lines: pd.DataFrame) -> Sequence[pd.Timestamp]:
    """The first days of months after at least four weeks of sales, and the day after the last sale."""
    first, last = lines["day"].min() + pd.Timedelta(days=28), lines["day"].max() + pd.Timedelta(days=1)
    return sorted({*pd.date_range(first, last, freq="MS"), last})
