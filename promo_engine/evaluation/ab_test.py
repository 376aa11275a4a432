"""Treated customers against the holdout, with intervals that may be looked at on any day and stopped at any day."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from promo_engine.evaluation.betting import betting_lower, betting_upper
from promo_engine.evaluation.log import Floats, LogError


@dataclass(frozen=True)
class Comparison:
    """What treatment brings a customer, in units of the outcome."""

    uplift: float
    """Mean of the treated less mean of the holdout."""
    lower: float
    upper: float
    treated: int
    holdout: int

    @property
    def decided(self) -> bool:
        """Whether the interval excludes no effect."""
        return self.lower > 0 or self.upper < 0


def compare_rates(treated: Floats, holdout: Floats, *, alpha: float = 0.05) -> Comparison:
    """For outcomes in [0, 1], such as bought or not, in the order in which they came. Holds for any sample size.

    Each arm has a betting interval of its own with half of alpha. Raises LogError.
    """
    _check(treated, "treated")
    _check(holdout, "holdout")
    share = alpha / 4  # two arms with two sides each
    return Comparison(
        uplift=float(treated.mean() - holdout.mean()),
        lower=float(betting_lower(treated, alpha=share) - betting_upper(holdout, alpha=share)),
        upper=float(betting_upper(treated, alpha=share) - betting_lower(holdout, alpha=share)),
        treated=len(treated),
        holdout=len(holdout),
    )


def compare_means(treated: Floats, holdout: Floats, *, alpha: float = 0.05, tight_at: int = 10_000) -> Comparison:
    """For outcomes without a ceiling, such as cents, after `cuped` where there is history. Holds for large samples.

    The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (Annals of Statistics, 2024),
    for the difference of two means, narrowest where both arms together have `tight_at` customers. Raises LogError.
    """
    _check(treated, "treated", least=2)
    _check(holdout, "holdout", least=2)
    rows = len(treated) + len(holdout)
    # Variance of one row of the difference, as if each row were of either arm by its share.
    variance = rows * float(treated.var(ddof=1) / len(treated) + holdout.var(ddof=1) / len(holdout))
    surprise = -2.0 * math.log(alpha)
    rho = (surprise + math.log(surprise + 1.0)) / tight_at  # squared
    time = rows * rho + 1.0
    half = math.sqrt(variance * 2.0 * time / (rows**2 * rho) * math.log(math.sqrt(time) / alpha))
    uplift = float(treated.mean() - holdout.mean())
    return Comparison(uplift, uplift - half, uplift + half, len(treated), len(holdout))


def _check(outcomes: Floats, name: str, *, least: int = 1) -> None:
    if outcomes.ndim != 1 or len(outcomes) < least:
        raise LogError(f"{name}: at least {least} customers are needed in each arm")
    if not np.isfinite(outcomes).all():
        raise LogError(f"{name}: outcomes have to be finite numbers")
