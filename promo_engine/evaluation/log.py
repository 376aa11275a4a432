"""What every estimator reads, checked once, and what it returns.

One row is one decision: an action was drawn with a known probability and a reward was seen. `target` is the probability
with which the policy under judgement would have taken the same action. A reward model, where there is one, comes as its
two numbers a row that estimators need: what it expects of the action that was taken, and what it expects on average
over the judged policy's own distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class LogError(ValueError):
    """The log cannot be used; the message is one line that names the first row at fault."""


@dataclass(frozen=True)
class Estimate:
    """The estimated mean reward of a policy."""

    value: float
    standard_error: float
    """Of `value`, as far as the rows are independent."""
    effective_sample_size: float
    """Rows of the judged policy's own that would say as much: (sum w)^2 / sum w^2 of the weights used (Kish, 1965)."""
    rows: int


@dataclass(frozen=True, eq=False)
class RewardLog:
    """Rows in the order in which they were decided; (n,) each. Raises LogError for what cannot be judged."""

    rewards: Floats
    propensities: Floats
    """With which the logging policy took the action, in (0, 1]."""
    target: Floats
    """With which the judged policy would have taken it, in [0, 1]."""
    expected: Floats | None = None
    """What a reward model, fitted without the row, expects of the action that was taken."""
    expected_of_target: Floats | None = None
    """What it expects on average over the judged policy's distribution."""

    def __post_init__(self) -> None:
        _check("rewards", self.rewards, len(self.rewards))
        if len(self.rewards) == 0:
            raise LogError("the log is empty: there is nothing to estimate from")
        for name in ("propensities", "target", "expected", "expected_of_target"):
            column = getattr(self, name)
            if column is not None:
                _check(name, column, len(self.rewards))
        if (self.expected is None) != (self.expected_of_target is None):
            raise LogError("expected and expected_of_target belong together: one of them is missing")
        _refuse(self.propensities <= 0, "propensities", self.propensities, "is not above 0: such a draw cannot be")
        _refuse(self.propensities > 1, "propensities", self.propensities, "is above 1")
        _refuse((self.target < 0) | (self.target > 1), "target", self.target, "is not between 0 and 1")

    @classmethod
    def of(
        cls,
        *,
        rewards: ArrayLike,
        propensities: ArrayLike,
        target: ArrayLike,
        expected: ArrayLike | None = None,
        expected_of_target: ArrayLike | None = None,
    ) -> RewardLog:
        """Make one of whatever numpy can read."""
        return cls(
            _column(rewards),
            _column(propensities),
            _column(target),
            None if expected is None else _column(expected),
            None if expected_of_target is None else _column(expected_of_target),
        )

    def __len__(self) -> int:
        return len(self.rewards)

    @cached_property
    def weights(self) -> Floats:
        """(n,) how much more often the judged policy would have done this; 1 on average over the logging policy."""
        return self.target / self.propensities

    @property
    def model(self) -> tuple[Floats, Floats]:
        """(expected, expected_of_target). Raises LogError without a reward model."""
        if self.expected is None or self.expected_of_target is None:
            raise LogError("this estimator needs a reward model: expected and expected_of_target")
        return self.expected, self.expected_of_target


def mean_of(contributions: Floats, *, weights: Floats) -> Estimate:
    """The mean of what each row contributes, with its standard error."""
    rows = len(contributions)
    spread = float(contributions.std(ddof=1)) if rows > 1 else float("inf")
    return Estimate(float(contributions.mean()), spread / rows**0.5, effective_sample_size(weights), rows)


def effective_sample_size(weights: Floats) -> float:
    """(sum w)^2 / sum w^2; 0 if all weights are 0."""
    total = float((weights**2).sum())
    return float(weights.sum()) ** 2 / total if total > 0 else 0.0


def _column(numbers: ArrayLike) -> Floats:
    return np.asarray(numbers, dtype=np.float64)


def _check(name: str, column: Floats, rows: int) -> None:
    if column.ndim != 1 or len(column) != rows:
        raise LogError(f"{name}: one number a row is needed, {rows} rows, not an array of shape {column.shape}")
    _refuse(~np.isfinite(column), name, column, "is not a finite number")


def _refuse(wrong: NDArray[np.bool_], name: str, column: Floats, words: str) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise LogError(f"{name}: {column[row]} in row {row} {words}")
