"""Anytime-valid bounds by betting (Waudby-Smith and Ramdas, JRSS-B 2024).

Who bets that the mean is above m and stakes a share of the capital on each number before seeing it cannot expect to win
if the mean is m or less. By Ville's inequality the capital passes 1/alpha at any time with probability alpha at most;
where it has, m is refuted for good. So a bound holds at all times at once: one may look after every row and stop when
one likes. It needs numbers that have the same mean given what came before, not numbers that are independent.

Numbers need no upper end for the lower bound, which is what importance-weighted rewards want (Waudby-Smith, Wu, Ramdas,
Karampatziakis and Mineiro, 2022).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promo_engine.evaluation.log import Floats, LogError

_LARGEST_STAKE = 0.75
"""Of the capital that a bet may lose at most."""
_HALVINGS = 40
"""Of the interval in which the bound is sought: 1e-12 of it."""


def betting_lower(numbers: Floats, *, alpha: float) -> Floats:
    """The highest mean that is refuted from below, over the last axis; `numbers` >= 0, with a mean in [0, 1].

    At any time the true mean is above it with probability 1 - alpha or more. Raises LogError for other numbers.
    """
    check_numbers(numbers, alpha)
    stakes = _stakes(numbers, alpha)
    low = np.zeros(numbers.shape[:-1])
    high = np.ones(numbers.shape[:-1])
    refuted = _refuted(numbers, stakes, low, alpha)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = _refuted(numbers, stakes, middle, alpha)
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    bound: Floats = np.where(refuted, low, 0.0)
    return bound


def betting_upper(numbers: Floats, *, alpha: float) -> Floats:
    """The same from above, for numbers in [0, 1]."""
    if numbers.size and numbers.max() > 1:
        raise LogError(f"an upper bound needs numbers of 1 at most, not {numbers.max()}")
    return 1.0 - betting_lower(1.0 - numbers, alpha=alpha)


def check_numbers(numbers: Floats, alpha: float) -> None:
    """Raise LogError unless these are numbers that can be bounded from below."""
    if not 0 < alpha < 1:
        raise LogError(f"alpha: has to be between 0 and 1, not {alpha}")
    if numbers.ndim == 0 or numbers.shape[-1] == 0:
        raise LogError("the log is empty: there is nothing to bound")
    if not np.isfinite(numbers).all() or numbers.min() < 0:
        raise LogError("a bound needs finite numbers of 0 or more")


def running(numbers: Floats) -> tuple[Floats, Floats]:
    """(mean, variance) known before each number; at the beginning 1/2 and 1/4, as if one number had been seen."""
    seen = np.arange(1, numbers.shape[-1] + 1)
    means = (0.5 + np.cumsum(numbers, axis=-1)) / (seen + 1)
    variances = (0.25 + np.cumsum((numbers - means) ** 2, axis=-1)) / (seen + 1)
    return _before(means, 0.5), _before(variances, 0.25)


def plug_in(variances: Floats, alpha: float) -> Floats:
    """The predictable stakes of Waudby-Smith and Ramdas (2024), equation 26, before they are cut."""
    seen = np.arange(1, variances.shape[-1] + 1)
    stakes: Floats = np.sqrt(2.0 * np.log(1.0 / alpha) / (np.maximum(variances, 1e-12) * seen * np.log1p(seen)))
    return stakes


def _before(values: Floats, first: float) -> Floats:
    return np.concatenate([np.full((*values.shape[:-1], 1), first), values[..., :-1]], axis=-1)


def _stakes(numbers: Floats, alpha: float) -> Floats:
    return plug_in(running(numbers)[1], alpha)


def _refuted(numbers: Floats, stakes: Floats, mean: Floats, alpha: float) -> NDArray[np.bool_]:
    """Whether the capital of who bets against `mean` has passed 1/alpha at any time. The lower `mean`, the sooner."""
    at = mean[..., None]
    cut = np.divide(_LARGEST_STAKE, at, out=np.full(at.shape, np.inf), where=at > 0)
    capital = np.cumsum(np.log1p(np.minimum(stakes, cut) * (numbers - at)), axis=-1).max(axis=-1)
    passed: NDArray[np.bool_] = capital >= np.log(1.0 / alpha)
    return passed
