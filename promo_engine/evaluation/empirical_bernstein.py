"""Anytime-valid bounds in closed form: the predictable empirical-Bernstein sequence (Waudby-Smith and Ramdas, 2024).

Wider than betting, and much wider where weights are large, but a single pass that yields the bound after every row: for
numbers in [0, 1] that are watched. Theorem 2 there; that it holds from below without an upper end of the numbers is an
inequality of Fan, Grama and Liu (2015).
"""

from __future__ import annotations

import numpy as np

from promo_engine.evaluation.betting import check_numbers
from promo_engine.evaluation.log import Floats, LogError

_LARGEST_STAKE = 0.5


def bernstein_lower(numbers: Floats, *, alpha: float) -> Floats:
    """At every time, over the last axis: the true mean is above all of them with probability 1 - alpha or more.

    `numbers` >= 0, with a mean in [0, 1]. The shape is that of `numbers`; the bounds never fall. Raises LogError.
    """
    check_numbers(numbers, alpha)
    means, variances = _known_before(numbers)
    seen = np.arange(1, numbers.shape[-1] + 1)
    surprise = np.log(1.0 / alpha)
    stakes = np.sqrt(2.0 * surprise / (np.maximum(variances, 1e-12) * seen * np.log1p(seen)))
    stakes = np.minimum(stakes, _LARGEST_STAKE)
    price = (-np.log1p(-stakes) - stakes) * (numbers - np.minimum(means, 1.0)) ** 2
    bounds = np.cumsum(stakes * numbers, axis=-1) - surprise - np.cumsum(price, axis=-1)
    best: Floats = np.maximum.accumulate(np.maximum(bounds / np.cumsum(stakes, axis=-1), 0.0), axis=-1)
    return best


def bernstein_upper(numbers: Floats, *, alpha: float) -> Floats:
    """The same from above, for numbers in [0, 1]; the bounds never rise."""
    if numbers.size and numbers.max() > 1:
        raise LogError(f"an upper bound needs numbers of 1 at most, not {numbers.max()}")
    return 1.0 - bernstein_lower(1.0 - numbers, alpha=alpha)


def _known_before(numbers: Floats) -> tuple[Floats, Floats]:
    """(mean, variance) known before each number; at the beginning 1/2 and 1/4, as if one number had been seen."""
    seen = np.arange(1, numbers.shape[-1] + 1)
    means = (0.5 + np.cumsum(numbers, axis=-1)) / (seen + 1)
    variances = (0.25 + np.cumsum((numbers - means) ** 2, axis=-1)) / (seen + 1)
    return _moved(means, 0.5), _moved(variances, 0.25)


def _moved(values: Floats, first: float) -> Floats:
    return np.concatenate([np.full((*values.shape[:-1], 1), first), values[..., :-1]], axis=-1)
