"""Anytime-valid bounds by betting (Waudby-Smith and Ramdas, JRSS-B 2024).

Who bets that the mean is above m and stakes a share of the capital on each number before seeing it cannot expect to win
if the mean is m or less. By Ville's inequality the capital passes 1/alpha at any time with probability alpha at most;
where it has, m is refuted for good. So a bound holds at all times at once: one may look after every row and stop when
one likes. It needs numbers that have the same mean given what came before, not numbers that are independent.

The capital is shared between bettors who each stake the same part of theirs for ever, from a thousandth to most of it:
whatever the variance and the number of rows, one of them is near the best, and sharing costs the logarithm of their
number. Stakes that follow the running variance, as in the paper's plug-in, were wider in everything that we simulated.
Numbers need no upper end for the lower bound, which is what importance-weighted rewards want (Waudby-Smith, Wu, Ramdas,
Karampatziakis and Mineiro, 2022).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promo_engine.evaluation.log import Floats, LogError

_STAKES = np.geomspace(0.001, 0.8, 16)
"""What each bettor would lose of the capital on a number of 0."""
_HALVINGS = 24
"""Of the interval in which the bound is sought: down to 6e-8."""


def betting_lower(numbers: Floats, *, alpha: float) -> Floats:
    """The highest mean that is refuted from below, over the last axis; `numbers` >= 0, with a mean in [0, 1].

    At any time the true mean is above it with probability 1 - alpha or more. Raises LogError for other numbers.
    """
    check_numbers(numbers, alpha)
    low, high = np.zeros(numbers.shape[:-1]), np.ones(numbers.shape[:-1])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        refuted = _most_capital(numbers, middle) >= 1.0 / alpha
        low, high = np.where(refuted, middle, low), np.where(refuted, high, middle)
    return low


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


def _most_capital(numbers: Floats, mean: Floats) -> NDArray[np.float64]:
    """The most capital that betting against `mean` > 0 ever had, 1 at the beginning. It falls as `mean` rises."""
    won = numbers / mean[..., None] - 1.0
    capital = np.zeros_like(won)
    with np.errstate(over="ignore", under="ignore"):  # past any bound is past it; lost is lost
        for stake in _STAKES:
            capital += np.cumprod(1.0 + stake * won, axis=-1)
        most: NDArray[np.float64] = capital.max(axis=-1) / len(_STAKES)
    return most
