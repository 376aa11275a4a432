"""What a basket holds by category, and what the user model expects of a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite


@dataclass(frozen=True)
class CategoryPurchase:
    """What one basket holds of one product category."""

    category_id: int
    quantity: int
    sales_cents: int


@dataclass(frozen=True, eq=False)
class CustomerForecast:
    """What the user model expects of one customer at one moment.

    The sequences have one entry per product category, indexed by `category_id`. Nobody changes them, so that what
    was computed from a forecast can be kept for as long as the forecast itself.
    """

    purchase_probability: Sequence[float]
    """P(bought at least once within `horizon_days`), in (0, 1)."""
    days_since_purchase: Sequence[float]
    """Days since the category was last bought; `inf` if never."""
    mean_gap_days: Sequence[float]
    """Mean days between two purchases of the category; `inf` with fewer than two."""
    embedding: Sequence[float]
    """The customer's state in a fixed number of floats, for the policy."""
    basket_count: int
    """Baskets seen so far; 0 for an anonymous customer."""
    next_basket_probability: Sequence[float] = ()
    """P(bought in the next basket), in (0, 1), whenever that is; empty from a model that does not say."""
    ranking: Sequence[float] = ()
    """What a list of what is bought next is ordered by, in (0, 1); empty from a model that does not say.

    The geometric mean of the probability and of the expected share of all that is bought: half of a small basket counts
    for more than a twentieth of a large one, as it does in recall.
    """
    days_to_purchase: Sequence[float] = ()
    """Median of the days until the category is bought again; empty from a model that does not say."""

    days_since_basket: float | None = None
    """Days since the last basket, whatever it held; None before the first, or from a model that does not say."""
    horizon_days: float = 7.0
    stand_ins: Mapping[int, int | None] = field(default_factory=dict)
    """Categories that the model does not know itself, each with the category whose expectation it was given; None: the
    mean over all. Days and gaps are their own."""

    @cached_property
    def bought_category_ids(self) -> frozenset[int]:
        """The categories that the customer has bought."""
        return frozenset(category for category, days in enumerate(self.days_since_purchase) if isfinite(days))

    @cached_property
    def days_since_order(self) -> float | None:
        """Days since the last basket; None before the first."""
        if self.days_since_basket is not None:
            return self.days_since_basket
        return min((days for days in self.days_since_purchase if isfinite(days)), default=None)
