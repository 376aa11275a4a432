"""Anytime-valid bounds in closed form: the predictable empirical-Bernstein sequence (Waudby-Smith and Ramdas, 2024).

Wider than betting, a hundred times as cheap, and a single pass: for bounds that are looked at after every row. Theorem 2
there; that it holds from below without an upper end of the numbers is Lemma 4.1 of Fan, Grama and Liu (2015).
"""

from __future__ import annotations

import numpy as np

from promo_engine.evaluation.betting import check_numbers, plug_in, running
from promo_engine.evaluation.log import Floats, LogError

_LARGEST_STAKE = 0.5


def bernstein_lower(numbers: Floats, *, alpha: float) -> Floats:
    """At every time, over the last axis: the true mean is above all of them with probability 1 - alpha or more.

    `numbers` >= 0, with a mean in [0, 1]. The shape is that of `numbers`; the bounds never fall. Raises LogError.
    """
    check_numbers(numbers, alpha)
    means, variances = running(numbers)
    means = np.minimum(means, 1.0)
    stakes = np.minimum(plug_in(variances, alpha), _LARGEST_STAKE)
    price = (-np.log1p(-stakes) - stakes) * (numbers - means) ** 2
    staked = np.cumsum(stakes, axis=-1)
    bounds = (np.cumsum(stakes * numbers, axis=-1) - np.log(1.0 / alpha) - np.cumsum(price, axis=-1)) / staked
    best: Floats = np.maximum.accumulate(np.maximum(bounds, 0.0), axis=-1)
    return best


def bernstein_upper(numbers: Floats, *, alpha: float) -> Floats:
    """The same from above, for numbers in [0, 1]; the bounds never rise."""
    if numbers.size and numbers.max() > 1:
        raise LogError(f"an upper bound needs numbers of 1 at most, not {numbers.max()}")
    return 1.0 - bernstein_lower(1.0 - numbers, alpha=alpha)
