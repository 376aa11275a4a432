"""Alarms about the record: what a person should look at, with hardly ever a false one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from promo_engine.domain.decisions.funnel import DaySteps, Enrolment
from promo_engine.evaluation import betting_lower, betting_upper, compare_rates
from promo_engine.evaluation.log import Floats
from promo_engine.services.learning.learner import LearnerStatus

ALARM_ALPHA = 0.001
"""Probability that an alarm about shares is ever false: a shop has few, and looks at them every day."""
LEAST_OFFERED = 50
LEAST_SEEN = 0.5
"""Share of the offered that customers see; if fewer do, the page most likely does not report exposures."""


@dataclass(frozen=True)
class Alarm:
    """Something that a person should look at."""

    name: str
    message: str


def find_alarms(
    steps: Sequence[DaySteps], enrolled: Sequence[Enrolment], *, learner: LearnerStatus, holdout_basis_points: int
) -> list[Alarm]:
    """Return what a person should look at now."""
    found = [
        learning_fails(learner),
        offers_unseen(steps),
        acceptance_fell(steps),
        holdout_share(enrolled, basis_points=holdout_basis_points),
    ]
    return [alarm for alarm in found if alarm is not None]


def learning_fails(learner: LearnerStatus) -> Alarm | None:
    """The learner's last round failed."""
    if learner.failure is None:
        return None
    return Alarm("learning_fails", f"The learner is failing: {learner.failure}")


def holdout_share(enrolled: Sequence[Enrolment], *, basis_points: int) -> Alarm | None:
    """The share held out is not the one that was set: then the two groups cannot be compared."""
    if not enrolled:
        return None
    wanted = basis_points / 10_000
    held = np.array([float(enrolment.holdout) for enrolment in enrolled])
    lower = float(betting_lower(held, alpha=ALARM_ALPHA / 2))
    upper = float(betting_upper(held, alpha=ALARM_ALPHA / 2))
    if lower <= wanted <= upper:
        return None
    return Alarm(
        "holdout_share",
        f"{held.mean():.1%} of {len(held)} customers are held out, and {wanted:.1%} should be: "
        "the uplift compares groups that differ.",
    )


def offers_unseen(steps: Sequence[DaySteps]) -> Alarm | None:
    """Fewer than half of the offers were reported as shown."""
    offered, exposed = sum(day.offered for day in steps), sum(day.exposed for day in steps)
    if offered < LEAST_OFFERED or exposed >= LEAST_SEEN * offered:
        return None
    return Alarm("offers_unseen", f"Only {exposed} of {offered} offers were reported as shown.")


def acceptance_fell(steps: Sequence[DaySteps]) -> Alarm | None:
    """Acceptance of the newest quarter of the exposures against the others, in the order of the days."""
    exposed = sum(day.exposed for day in steps)
    newest: list[DaySteps] = []
    for day in reversed(steps):
        if sum(taken.exposed for taken in newest) >= exposed / 4:
            break
        newest.append(day)
    earlier = steps[: len(steps) - len(newest)]
    if not sum(day.exposed for day in earlier) or not sum(day.exposed for day in newest):
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
    return np.concatenate([spread(day.accepted, day.exposed) for day in steps if day.exposed])


def spread(ones: int, length: int) -> Floats:
    """Return `length` numbers of which `ones`, evenly spread, are 1 and the others 0."""
    counted = np.floor(np.arange(length + 1) * min(ones, length) / length)
    return np.diff(counted)
