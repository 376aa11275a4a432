"""What the policy is to win: acceptances in the chat, or margin at the checkout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Goal(StrEnum):
    """What counts as reward."""

    ACCEPTANCE = "acceptance"
    MARGIN = "margin"


@dataclass(frozen=True)
class Objective:
    """How an outcome becomes a reward between 0 and 1, and when.

    A code can be used for days after it was accepted. To learn refusals at once and margin later would teach that
    nothing sells, so that with margin as goal every outcome is learned at the same age, when its code would expire.
    """

    goal: Goal = Goal.ACCEPTANCE
    full_margin_cents: int = 1000
    """The margin of an order that counts as much as a reward can: 1. A loss counts 0."""
    wait: timedelta = timedelta(0)
    """From an outcome to the learning of it."""

    def __post_init__(self) -> None:
        if self.full_margin_cents <= 0:
            raise ValueError("full_margin_cents has to be above 0")

    def reward(self, *, acceptance: float, margin_cents: float | None) -> float:
        """Return the reward. `margin_cents`: of the order that used the code; None if none did."""
        if self.goal is Goal.ACCEPTANCE:
            return acceptance
        return min(max((margin_cents or 0.0) / self.full_margin_cents, 0.0), 1.0)
