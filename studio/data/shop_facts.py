"""What strategies are scored on: weekly sales by category and segment, and how customers fall into segments.

Segments here are the plainest that a marketer acts on: when a customer last came, and how often it comes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
from studio.report.money import Money

Floats = npt.NDArray[np.float64]
SEGMENTS = ("everyone", *LIVE_SEGMENTS)
"""`everyone` is all of the others. Lapsing: no basket for 28 days; the others are thirds by number of baskets."""
RECENT_WEEKS = (12, 26, 52)
"""How far back is looked: no further than needed for `_ENOUGH_CATEGORIES`, since what sold long ago says less."""
MIN_BASKETS = 30
"""Of a category, in the recent weeks: below it a plan would rest on chance."""
_ENOUGH_CATEGORIES = 8
ASSUMED_MARGIN = 0.25
"""Of the price, where the shop did not say what its products cost it: an assumption."""
_COSTS_KNOWN_FROM = 0.5
"""Share of a category's sales of which costs are known; below it the margin is assumed."""


@dataclass(frozen=True)
class ShopFacts:
    """Of the last weeks; arrays are (categories, segments) in the order of `categories` and SEGMENTS."""

    categories: tuple[str, ...]
    weekly_cents: Floats
    """Sales a week."""
    basket_cents: Floats
    """(categories,): what a basket with the category spends on it."""
    piece_cents: Floats
    """(categories,): what a line of the category costs."""
    customers: Mapping[str, frozenset[str]]
    """customer_ids by segment."""
    weekend_share: float
    """Of sales, on Saturday and Sunday."""
    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    """By category, what goes with its best-selling products; categories without are absent."""
    money: Money = field(default_factory=lambda: Money("EUR"))
    weeks: int = RECENT_WEEKS[0]
    """How many are looked at."""
    order_cents: int = 3_000
    """What an order costs on average."""
    delivery_cents: int | None = None
    """What delivery usually costs; None where the shop does not say, and then none is planned to be free."""
    margins: Mapping[str, float] = field(default_factory=dict)
    """By category, share of the price that is left; absent where the shop's costs are not known."""
    stored_names: Mapping[str, str] = field(default_factory=dict)
    """By category, the name that offers know it by, where that is another."""
    history: str = ""
    """Hash of what the database held."""

    def row(self, category: str) -> int:
        """Return the category's place. Raises StrategyError for one that is too rare to plan with."""
        try:
            return self.categories.index(category)
        except ValueError:
            raise StrategyError(
                f"{category}: fewer than {MIN_BASKETS} baskets in {self.weeks} weeks (or no such category); "
                "too little to plan a promotion on"
            ) from None

    def size(self, segment: str) -> int:
        """Return how many customers a segment has. Raises StrategyError for an unknown one."""
        if segment not in self.customers:
            raise StrategyError(f"there is no segment {segment!r}; allowed are {', '.join(SEGMENTS)}")
        return len(self.customers[segment])

    def margin(self, category: str | None) -> float:
        """Share of the price that is left of a category's sales; of all sales for None."""
        if category is not None:
            return self.margins.get(category, ASSUMED_MARGIN)
        weights = self.weekly_cents[:, 0]
        every = [self.margins.get(name, ASSUMED_MARGIN) for name in self.categories]
        return float(np.average(every, weights=weights)) if weights.sum() > 0 else ASSUMED_MARGIN

    @property
    def margin_words(self) -> str:
        """Where margins come from, in a sentence."""
        if not self.margins:
            return f"Margin is assumed to be {ASSUMED_MARGIN:.0%}: the shop's costs are not known."
        missing = len(self.categories) - len(self.margins)
        rest = f"; that of {missing} others is assumed to be {ASSUMED_MARGIN:.0%}" if missing else ""
        return f"Margins of {len(self.margins)} categories come from the shop's own costs{rest}."


def read_facts(
    history: SalesHistory,
    *,
    type_names: Mapping[str, str] = MappingProxyType({}),
    not_recommended: Collection[str] = (),
) -> ShopFacts:
    """Count the last weeks. `type_names` says what customers call a product type; others keep the shop's name.
    Categories that are `not_recommended` are in no bundle.

    Raises TooLittleHistory.
    """
    lines = history.lines
    recent, baskets, weeks = _recent(lines)
    categories = tuple(sorted(str(name) for name in baskets.index[baskets >= MIN_BASKETS]))
    if not categories:
        most = float(baskets.max()) if len(baskets) else 0.0
        raise TooLittleHistory("the busiest category of a year", found=most, needed=MIN_BASKETS, unit="baskets")
    segment = segments_of(lines)
    customers = {name: frozenset(segment.index[segment == name]) for name in SEGMENTS[1:]}
    customers = {"everyone": frozenset(segment.index)} | customers
    kept = recent[recent["category"].isin(categories)].assign(segment=recent["customer_id"].map(segment))
    table = kept.pivot_table(
        index="category", columns="segment", values="sales_cents", aggfunc="sum", observed=True, fill_value=0
    ).reindex(index=list(categories), columns=list(SEGMENTS[1:]), fill_value=0)
    weekly = table.to_numpy(dtype=np.float64) / weeks
    per = kept.groupby("category", observed=True)["sales_cents"].agg(["sum", "size"]).loc[list(categories)]
    weekend = recent["day"].dt.day_of_week >= 5
    return ShopFacts(
        categories=categories,
        weekly_cents=np.concatenate([weekly.sum(axis=1, keepdims=True), weekly], axis=1),
        basket_cents=(per["sum"] / baskets.loc[list(categories)]).to_numpy(dtype=np.float64),
        piece_cents=(per["sum"] / per["size"]).to_numpy(dtype=np.float64),
        customers=customers,
        bundles=find_bundles(
            kept,
            _product_names(history.products, type_names),
            [name for name in categories if name not in not_recommended],
            weeks=weeks,
        ),
        weekend_share=float(recent.loc[weekend, "sales_cents"].sum() / recent["sales_cents"].sum()),
        money=history.profile.money,
        weeks=weeks,
        order_cents=max(1, round(float(recent.groupby("basket_id")["sales_cents"].sum().mean()))),
        delivery_cents=history.profile.delivery_cents,
        margins=_margins(kept, history.products),
        stored_names=dict(zip(history.categories["category"], history.categories["stored_name"], strict=True)),
        history=history.profile.history,
    )


def _recent(lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series, int]:
    """The newest lines of known categories, baskets by category, and of how many weeks they are."""
    for weeks in RECENT_WEEKS:
        recent = lines[lines["day"] > lines["day"].max() - pd.Timedelta(weeks=weeks)].dropna(subset="category")
        recent = recent[recent["sales_cents"] > 0]
        baskets = recent.groupby("category", observed=True)["basket_id"].nunique()
        if (baskets >= MIN_BASKETS).sum() >= _ENOUGH_CATEGORIES:
            break
    return recent, baskets, weeks


def _margins(kept: pd.DataFrame, products: pd.DataFrame) -> dict[str, float]:
    """By category, what is left of its sales after what the pieces cost, where costs of most of them are known."""
    costs = kept["product_id"].map(products.set_index("product_id")["unit_cost_cents"]).astype("float64")
    table = pd.DataFrame(
        {"category": kept["category"].astype("str"), "sales": kept["sales_cents"], "cost": costs * kept["quantity"]}
    )
    known = table.dropna(subset="cost").groupby("category")[["sales", "cost"]].sum()
    share = known["sales"] / table.groupby("category")["sales"].sum()
    known = known[share.reindex(known.index) >= _COSTS_KNOWN_FROM]
    return {str(name): float(value) for name, value in (1 - known["cost"] / known["sales"]).items()}


def _product_names(products: pd.DataFrame, type_names: Mapping[str, str]) -> dict[str, str]:
    kinds = products["product_type"]
    return dict(zip(products["product_id"], kinds.map(dict(type_names)).fillna(kinds), strict=True))


def segments_of(lines: pd.DataFrame) -> pd.Series:
    """Return every customer's segment, by customer_id."""
    per = lines.groupby("customer_id").agg(last=("day", "max"), baskets=("basket_id", "nunique"))
    third = pd.qcut(per["baskets"].rank(method="first"), 3, labels=["occasional", "regular", "loyal"]).astype("str")
    lapsed = (lines["day"].max() - per["last"]).dt.days > LAPSING_DAYS
    return third.mask(lapsed, "lapsing")
