"""CUPED: what was known of a customer before the test takes noise off the outcome (Deng, Xu, Kohavi, Walker, 2013)."""

from __future__ import annotations

import numpy as np

from promo_engine.evaluation.log import Floats, LogError


def cuped(outcomes: Floats, history: Floats) -> Floats:
    """Return the outcomes less theta (history - its mean), theta = cov / var over everybody in the test.

    `history` is from before the test, (n,), NaN for who has none: such an outcome stays as it is. Give both arms at
    once, so that they are moved by the same theta around the same mean. Raises LogError.
    """
    if outcomes.shape != history.shape or outcomes.ndim != 1:
        raise LogError(f"history: one number a customer is needed, not {history.shape} for {outcomes.shape}")
    if not np.isfinite(outcomes).all() or np.isinf(history).any():
        raise LogError("outcomes have to be finite numbers, history too or NaN")
    known = ~np.isnan(history)
    if known.sum() < 2 or np.ptp(history[known]) == 0:
        return outcomes.copy()
    moved = history[known] - history[known].mean()
    theta = float(moved @ (outcomes[known] - outcomes[known].mean())) / float(moved @ moved)
    adjusted = outcomes.copy()
    adjusted[known] -= theta * moved
    return adjusted
