"""A promotion of the past, as the models that learn from redemptions read it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promo_engine.user_model.purchase_history import Ints


@dataclass(frozen=True)
class SentPromotion:
    """A promotion of the past; customers are numbers of the `PurchaseHistory`."""

    day: float
    """When it began, days since 1970-01-01 UTC."""
    category_sets: tuple[frozenset[int], ...]
    """The different sets of categories of its coupons, as the model's positions."""
    customers: Ints
    """(n,) to whom it was sent."""
    redeemed: NDArray[np.bool_]
    """(n,) who redeemed any coupon."""
