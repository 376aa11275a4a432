"""Switch-DR (Wang, Agarwal and Dudik, ICML 2017): where a weight is large, the reward model alone is believed."""

from __future__ import annotations

import numpy as np

from promo_engine.evaluation.doubly_robust import corrected
from promo_engine.evaluation.log import Estimate, RewardLog


def switch_dr(log: RewardLog, *, largest_weight: float) -> Estimate:
    """The doubly robust estimate without the correction in rows whose weight is above `largest_weight`.

    Raises ValueError if `largest_weight` is below 0.
    """
    if not largest_weight >= 0:
        raise ValueError(f"largest_weight: has to be 0 or more, not {largest_weight}")
    return corrected(log, np.where(log.weights <= largest_weight, log.weights, 0.0))
