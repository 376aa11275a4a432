"""Anytime-valid bounds on a policy's value from another policy's log.

From below, weight x reward is bet on; from above, weight x (1 - reward), whose mean is 1 - value because weights are 1
on average. Neither needs to know the largest weight (Karampatziakis, Mineiro and Ramdas, ICML 2021; Waudby-Smith, Wu,
Ramdas, Karampatziakis and Mineiro, 2022). They hold for rows in the order of the decisions, if the value stays the same
over the log; propensities may change from row to row, as those of a policy that learns do.
"""

from __future__ import annotations

from promo_engine.evaluation.betting import betting_lower
from promo_engine.evaluation.log import LogError, RewardLog


def value_bounds(log: RewardLog, *, alpha: float) -> tuple[float, float]:
    """(lower, upper); each fails at any time with probability alpha / 2 at most. Rewards have to be in [0, 1].

    The upper one also needs a logging policy that could have taken whatever the judged one would. Raises LogError.
    """
    return value_lower(log, alpha=alpha / 2), value_upper(log, alpha=alpha / 2)


def value_lower(log: RewardLog, *, alpha: float) -> float:
    """The value is above it at any time with probability 1 - alpha or more."""
    _require_unit_rewards(log)
    return float(betting_lower(log.weights * log.rewards, alpha=alpha))


def value_upper(log: RewardLog, *, alpha: float) -> float:
    """The value is below it at any time with probability 1 - alpha or more."""
    _require_unit_rewards(log)
    return 1.0 - float(betting_lower(log.weights * (1.0 - log.rewards), alpha=alpha))


def _require_unit_rewards(log: RewardLog) -> None:
    if log.rewards.min() < 0 or log.rewards.max() > 1:
        row = int(((log.rewards < 0) | (log.rewards > 1)).argmax())
        raise LogError(f"rewards: {log.rewards[row]} in row {row} is not between 0 and 1, as bounds need")
