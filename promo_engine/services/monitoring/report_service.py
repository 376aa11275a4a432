"""What the shop's people look at: the funnel, the uplift against the holdout, the policy's branches, and alarms.

Everything is read from the record when somebody asks; nothing is counted twice or kept. Intervals are anytime-valid, so
looking every day makes nothing look better than it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.decisions.funnel import (
    BranchSteps,
    DaySpending,
    DaySteps,
    DecisionNote,
    Enrolment,
    OfferMoney,
    RedemptionNote,
)
from promo_engine.evaluation import betting_lower, betting_upper, compare_means, compare_rates, cuped
from promo_engine.evaluation.log import Floats
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.learning.learner import LearnerStatus

ALPHA = 0.05
ALARM_ALPHA = 0.001
"""Probability that an alarm about shares is ever false: a shop has few, and looks at them every day."""
CURVE_POINTS = 24
LEAST_OFFERED = 50
LEAST_SEEN = 0.5
"""Share of the offered that shoppers see; if fewer do, the page most likely does not report exposures."""


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


@dataclass(frozen=True)
class Alarm:
    """Something that a person should look at."""

    name: str
    message: str


@dataclass(frozen=True)
class Report:
    """Everything of it."""

    since: datetime
    days: Sequence[DaySteps]
    branches: Sequence[BranchSteps]
    uplift: Uplift
    alarms: Sequence[Alarm]
    holdout_basis_points: int
    alpha: float = ALPHA


class Reporter:
    """Reads reports off the record."""

    def __init__(
        self,
        storage: Storage,
        *,
        model_version: str,
        holdout_basis_points: int,
        learner: LearnerStatus,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._model_version = model_version
        self._holdout_basis_points = holdout_basis_points
        self._learner = learner
        self._clock = clock

    async def report(self, *, days: int, outcome_days: int) -> Report:
        """Report on the decisions of the last `days` days; an outcome is what happens in `outcome_days` after them."""
        now = self._clock()
        since = now - timedelta(days=days)
        async with self._storage.read() as unit:
            steps = await unit.reports.days(since=since)
            branches = await unit.reports.branches(model_version=self._model_version, since=since)
            enrolled = await unit.reports.enrolments(since=since, until=now, outcome_days=outcome_days)
        settled = [one for one in enrolled if one.enrolled_at <= now - timedelta(days=outcome_days)]
        # Bounds over thousands of customers take a second of arithmetic: in a thread, so that decisions go on.
        uplift = await asyncio.to_thread(
            _uplift, settled, outcome_days=outcome_days, waiting=len(enrolled) - len(settled)
        )
        alarms = await asyncio.to_thread(self._alarms, steps, enrolled)
        return Report(since, steps, branches, uplift, alarms, self._holdout_basis_points)

    async def money(self, *, days: int) -> list[OfferMoney]:
        """Sum up redemptions by offer."""
        async with self._storage.read() as unit:
            return await unit.reports.money(since=self._clock() - timedelta(days=days))

    async def spending(self, promotion_id: str) -> list[DaySpending]:
        """List a promotion's spending by day."""
        async with self._storage.read() as unit:
            return await unit.reports.spending(promotion_id)

    async def decision_notes(self, *, after: str, limit: int) -> Sequence[DecisionNote]:
        """List decisions after one of them, in the order in which they were made."""
        async with self._storage.read() as unit:
            return await unit.reports.decision_notes(after=after, limit=limit)

    async def redemption_notes(self, *, since: datetime, limit: int) -> Sequence[RedemptionNote]:
        """List redemptions from a moment on."""
        async with self._storage.read() as unit:
            return await unit.reports.redemption_notes(since=since, limit=limit)

    def _alarms(self, steps: Sequence[DaySteps], enrolled: Sequence[Enrolment]) -> list[Alarm]:
        found = [self._learning(), _unseen(steps), _acceptance(steps), self._holdout(enrolled)]
        return [one for one in found if one is not None]

    def _learning(self) -> Alarm | None:
        if self._learner.failure is None:
            return None
        return Alarm("learning_fails", f"The learner is failing: {self._learner.failure}")

    def _holdout(self, enrolled: Sequence[Enrolment]) -> Alarm | None:
        """The share held out is not the one that was set: then the two groups cannot be compared."""
        if not enrolled:
            return None
        wanted = self._holdout_basis_points / 10_000
        held = np.array([float(one.holdout) for one in enrolled])
        lower = float(betting_lower(held, alpha=ALARM_ALPHA / 2))
        upper = float(betting_upper(held, alpha=ALARM_ALPHA / 2))
        if lower <= wanted <= upper:
            return None
        return Alarm(
            "holdout_share",
            f"{held.mean():.1%} of {len(held)} customers are held out, and {wanted:.1%} should be: "
            "the uplift compares groups that differ.",
        )


def _unseen(steps: Sequence[DaySteps]) -> Alarm | None:
    offered, exposed = sum(one.offered for one in steps), sum(one.exposed for one in steps)
    if offered < LEAST_OFFERED or exposed >= LEAST_SEEN * offered:
        return None
    return Alarm("offers_unseen", f"Only {exposed} of {offered} offers were reported as shown.")


def _acceptance(steps: Sequence[DaySteps]) -> Alarm | None:
    """Acceptance of the newest quarter of the exposures against the others, in the order of the days."""
    exposed = sum(one.exposed for one in steps)
    newest: list[DaySteps] = []
    for one in reversed(steps):
        if sum(day.exposed for day in newest) >= exposed / 4:
            break
        newest.append(one)
    earlier = steps[: len(steps) - len(newest)]
    if not sum(one.exposed for one in earlier) or not sum(one.exposed for one in newest):
        return None
    before, after = _answers(earlier), _answers(newest[::-1])
    comparison = compare_rates(after, before, alpha=ALARM_ALPHA)
    if comparison.upper >= 0:
        return None
    return Alarm(
        "acceptance_fell",
        f"Shoppers accept {after.mean():.1%} of the offers since {newest[-1].day}, and {before.mean():.1%} before.",
    )


def _answers(steps: Sequence[DaySteps]) -> Floats:
    """A 1 for each acceptance and a 0 for each other exposure, spread evenly over their day."""
    return np.concatenate([_spread(one.accepted, one.exposed) for one in steps if one.exposed])


def _spread(ones: int, length: int) -> Floats:
    counted = np.floor(np.arange(length + 1) * min(ones, length) / length)
    return np.diff(counted)


def _uplift(settled: Sequence[Enrolment], *, outcome_days: int, waiting: int) -> Uplift:
    bought = np.array([float(one.spent_cents > 0) for one in settled])
    held = np.array([one.holdout for one in settled], dtype=bool)
    treated, held_out = int((~held).sum()), int(held.sum())
    means = None
    if min(treated, held_out) >= 2:
        spent = np.array([float(one.spent_cents) for one in settled])
        before = np.array([float(one.spent_before_cents) for one in settled])
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
