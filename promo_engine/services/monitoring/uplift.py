"""What treatment brings: buyers and spending of treated customers beside those held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.decisions.funnel import Enrolment
from promo_engine.evaluation import compare_means, compare_rates, cuped
from promo_engine.evaluation.log import Floats

ALPHA = 0.05
CURVE_POINTS = 24


@dataclass(frozen=True)
class UpliftPoint:
    """The interval as it stood after so many customers; shares of customers."""

    customers: int
    at: datetime
    uplift: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Uplift:
    """What treatment brings a customer: the share who buy, and what they spend, within the outcome days."""

    outcome_days: int
    treated: int
    held_out: int
    waiting: int
    """Customers in the test whose outcome days have not passed."""
    treated_rate: float | None
    held_out_rate: float | None
    rate: UpliftPoint | None
    """None while one arm is empty."""
    curve: Sequence[UpliftPoint]
    cents: float | None
    """Spending per customer, the noise of their earlier spending taken off (CUPED)."""
    cents_lower: float | None
    cents_upper: float | None


def uplift_of(settled: Sequence[Enrolment], *, outcome_days: int, waiting: int) -> Uplift:
    """Compare the customers whose outcome days have passed; `waiting` is how many others are in the test."""
    bought = np.array([float(enrolment.spent_cents > 0) for enrolment in settled])
    held = np.array([enrolment.holdout for enrolment in settled], dtype=bool)
    treated, held_out = int((~held).sum()), int(held.sum())
    means = None
    if min(treated, held_out) >= 2:
        spent = np.array([float(enrolment.spent_cents) for enrolment in settled])
        before = np.array([float(enrolment.spent_before_cents) for enrolment in settled])
        adjusted = cuped(spent, before)
        means = compare_means(adjusted[~held], adjusted[held], alpha=ALPHA)
    curve = _curve(settled, bought, held)
    return Uplift(
        outcome_days=outcome_days,
        treated=treated,
        held_out=held_out,
        waiting=waiting,
        treated_rate=float(bought[~held].mean()) if treated else None,
        held_out_rate=float(bought[held].mean()) if held_out else None,
        rate=curve[-1] if curve else None,
        curve=curve,
        cents=None if means is None else means.uplift,
        cents_lower=None if means is None else means.lower,
        cents_upper=None if means is None else means.upper,
    )


def _curve(settled: Sequence[Enrolment], bought: Floats, held: NDArray[np.bool_]) -> list[UpliftPoint]:
    """The interval at points of time on the way, the last one now: what somebody would have seen who looked then."""
    points = []
    for count in np.unique(np.linspace(0, len(settled), CURVE_POINTS + 1, dtype=int)[1:]):
        now, out = bought[:count], held[:count]
        if out.all() or not out.any():
            continue
        found = compare_rates(now[~out], now[out], alpha=ALPHA)
        at = settled[count - 1].enrolled_at
        points.append(UpliftPoint(int(count), at, found.uplift, found.lower, found.upper))
    return points
