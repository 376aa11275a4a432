"""What strategies are scored on: weekly sales by category and segment, and how customers fall into segments.

Segments here are the plainest that a marketer acts on: when a household last came, and how often it comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from promo_engine.domain.customers.segments import LAPSING_DAYS
from promo_engine.domain.customers.segments import SEGMENTS as LIVE_SEGMENTS
from studio.data.sales_history import SalesHistory
from studio.errors import StrategyError, TooLittleHistory
from studio.products.bundles import Bundle, find_bundles
from studio.products.product_features import NOT_RECOMMENDED

Floats = npt.NDArray[np.float64]
SEGMENTS = ("everyone", *LIVE_SEGMENTS)
"""`everyone` is all of the others. Lapsing: no basket for 28 days; the others are thirds by number of baskets."""
RECENT_WEEKS = 12
MIN_BASKETS = 30
"""Of a category, in the recent weeks: below it a plan would rest on chance."""


@dataclass(frozen=True)
class ShopFacts:
    """Of the last 12 weeks; arrays are (categories, segments) in the order of `categories` and SEGMENTS."""

    categories: tuple[str, ...]
    weekly_cents: Floats
    """Sales a week."""
    basket_cents: Floats
    """(categories,): what a basket with the category spends on it."""
    piece_cents: Floats
    """(categories,): what a line of the category costs."""
    households: Mapping[str, frozenset[str]]
    """household_ids by segment."""
    weekend_share: float
    """Of sales, on Saturday and Sunday."""
    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    """By category, what goes with its best-selling products; categories without are absent."""

    def row(self, category: str) -> int:
        """Return the category's place. Raises StrategyError for one that is too rare to plan with."""
        try:
            return self.categories.index(category)
        except ValueError:
            raise StrategyError(
                f"{category}: fewer than {MIN_BASKETS} baskets in {RECENT_WEEKS} weeks (or no such category); "
                "too little to plan a promotion on"
            ) from None

    def size(self, segment: str) -> int:
        """Return how many households a segment has. Raises StrategyError for an unknown one."""
        if segment not in self.households:
            raise StrategyError(f"there is no segment {segment!r}; allowed are {', '.join(SEGMENTS)}")
        return len(self.households[segment])


def read_facts(history: SalesHistory, *, type_names: Mapping[str, str] = MappingProxyType({})) -> ShopFacts:
    """Count the last weeks. `type_names` says what customers call a product type; others keep the shop's name.

    Raises TooLittleHistory.
    """
    lines = history.lines
    last = lines["day"].max()
    recent = lines[lines["day"] > last - pd.Timedelta(weeks=RECENT_WEEKS)].dropna(subset="category")
    recent = recent[recent["sales_cents"] > 0]
    baskets = recent.groupby("category", observed=True)["basket_id"].nunique()
    categories = tuple(sorted(name for name in baskets.index[baskets >= MIN_BASKETS] if "COUPON" not in name))
    if not categories:
        raise TooLittleHistory("the busiest category", found=baskets.max(), needed=MIN_BASKETS, unit="baskets")
    segment = segments_of(lines)
    households = {name: frozenset(segment.index[segment == name]) for name in SEGMENTS[1:]}
    households = {"everyone": frozenset(segment.index)} | households
    kept = recent[recent["category"].isin(categories)].assign(segment=recent["household_id"].map(segment))
    table = kept.pivot_table(
        index="category", columns="segment", values="sales_cents", aggfunc="sum", observed=True, fill_value=0
    ).reindex(index=list(categories), columns=list(SEGMENTS[1:]), fill_value=0)
    weekly = table.to_numpy(dtype=np.float64) / RECENT_WEEKS
    per = kept.groupby("category", observed=True)["sales_cents"].agg(["sum", "size"]).loc[list(categories)]
    weekend = recent["day"].dt.dayofweek >= 5
    return ShopFacts(
        categories=categories,
        weekly_cents=np.concatenate([weekly.sum(axis=1, keepdims=True), weekly], axis=1),
        basket_cents=(per["sum"] / baskets.loc[list(categories)]).to_numpy(dtype=np.float64),
        piece_cents=(per["sum"] / per["size"]).to_numpy(dtype=np.float64),
        households=households,
        bundles=find_bundles(
            kept,
            _product_names(history.products, type_names),
            [name for name in categories if name not in NOT_RECOMMENDED],
            weeks=RECENT_WEEKS,
        ),
        weekend_share=float(recent.loc[weekend, "sales_cents"].sum() / recent["sales_cents"].sum()),
    )


def _product_names(products: pd.DataFrame, type_names: Mapping[str, str]) -> dict[str, str]:
    kinds = products["product_type"]
    return dict(zip(products["product_id"], kinds.map(dict(type_names)).fillna(kinds), strict=True))


def segments_of(lines: pd.DataFrame) -> pd.Series:
    """Return every household's segment, by household_id."""
    per = lines.groupby("household_id").agg(last=("day", "max"), baskets=("basket_id", "nunique"))
    third = pd.qcut(per["baskets"].rank(method="first"), 3, labels=["occasional", "regular", "loyal"]).astype("str")
    lapsed = (lines["day"].max() - per["last"]).dt.days > LAPSING_DAYS
    return third.mask(lapsed, "lapsing")
