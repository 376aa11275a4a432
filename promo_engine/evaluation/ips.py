"""Inverse propensity scoring (Horvitz and Thompson, 1952): unbiased, and as wide as its weights are large."""

from __future__ import annotations

import numpy as np

from promo_engine.evaluation.log import Estimate, RewardLog, mean_of


def ips(log: RewardLog) -> Estimate:
    """The mean of weight x reward."""
    return mean_of(log.weights * log.rewards, weights=log.weights)


def clipped_ips(log: RewardLog, *, largest_weight: float) -> Estimate:
    """IPS with weights cut at `largest_weight` (Ionides, 2008): narrower, and too low where rewards are positive.

    Raises ValueError unless `largest_weight` is above 0.
    """
    if not largest_weight > 0:
        raise ValueError(f"largest_weight: has to be above 0, not {largest_weight}")
    weights = np.minimum(log.weights, largest_weight)
    return mean_of(weights * log.rewards, weights=weights)
