"""Fits level 0 to a catalogue and level 1 to a history."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from promo_engine.user_model.counts.counts_model import CatalogueModel, CountsCustomerModel
from promo_engine.user_model.counts.empirical_bayes import rates_of, rates_of_catalogue
from promo_engine.user_model.purchase_history import PurchaseHistory


def fit_counts(
    history: PurchaseHistory, *, products: Sequence[int], horizons_days: tuple[float, ...]
) -> CountsCustomerModel:
    """Level 1, or level 0 for a shop without orders; `products` are on sale, by position. Milliseconds to a second."""
    if len(history.basket_day):
        return CountsCustomerModel.of(rates_of(history), horizons_days=horizons_days)
    return CatalogueModel.of(rates_of_catalogue(np.array(products, dtype=np.int64)), horizons_days=horizons_days)
