"""What the policy learns from: a choice and its reward."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingExample:
    """One matured reward with the features frozen at its decision."""

    features: tuple[float, ...]
    reward: float
    weight: float = 1.0
    """How much it counts: 0 teaches nothing, for rewards that nobody should be able to buy influence with."""
