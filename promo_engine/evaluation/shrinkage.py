"""Doubly robust with optimistic shrinkage, DRos (Su, Dimakopoulou, Krishnamurthy and Dudik, ICML 2020)."""

from __future__ import annotations

import numpy as np

from promo_engine.evaluation.doubly_robust import corrected
from promo_engine.evaluation.log import Estimate, RewardLog


def dr_os(log: RewardLog, *, shrinkage: float) -> Estimate:
    """Weights become shrinkage w / (w^2 + shrinkage): 0 is the direct method, infinity the doubly robust estimate.

    Raises ValueError if `shrinkage` is below 0.
    """
    if not shrinkage >= 0:
        raise ValueError(f"shrinkage: has to be 0 or more, not {shrinkage}")
    if shrinkage == 0:
        return corrected(log, np.zeros(len(log)))
    return corrected(log, log.weights / (log.weights**2 / shrinkage + 1.0))  # divided so that infinity is allowed
