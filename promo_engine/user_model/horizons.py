"""How far a shop's user model looks ahead: as far as its customers usually wait between two orders."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from promo_engine.user_model.purchase_history import Floats, PurchaseHistory

USUAL = (7.0, 14.0, 28.0)
"""Of a shop that cannot say yet."""
SHORTEST_DAYS, LONGEST_DAYS = 7.0, 90.0
_LEAST_GAPS = 30
_QUANTILES = (0.25, 0.5, 0.75)


def horizons_of(history: PurchaseHistory) -> tuple[float, ...]:
    """Quartiles of the gaps between a customer's orders, in whole days from SHORTEST_DAYS to LONGEST_DAYS, ascending.

    Where two fall together, as in a shop whose customers come several times a week, the later one is twice the earlier.
    None is longer than what a training can see: half of the history that is left after four weeks.
    """
    gaps = _gaps(history)
    if len(gaps) < _LEAST_GAPS:
        return USUAL
    seen = (float(np.ptp(history.basket_day)) - 28.0) / 2.0
    longest = min(LONGEST_DAYS, max(np.floor(seen), SHORTEST_DAYS))
    return apart([float(np.quantile(gaps, quantile)) for quantile in _QUANTILES], longest=longest)


def apart(days: Sequence[float], *, longest: float = LONGEST_DAYS) -> tuple[float, ...]:
    """Clip and round these, and move apart what falls together; what would be longer than `longest` is left out."""
    found: list[float] = []
    for wanted in days:
        clipped = float(np.clip(round(wanted), SHORTEST_DAYS, longest))
        if found and clipped <= found[-1]:
            clipped = 2.0 * found[-1]
        if clipped <= longest:
            found.append(clipped)
    return tuple(found)


def _gaps(history: PurchaseHistory) -> Floats:
    """Days between baskets of the same customer that follow each other."""
    same = np.diff(history.basket_customer) == 0
    gaps: Floats = np.diff(history.basket_day)[same]
    return gaps
