"""Answers and rewards of decisions, as the learner and the gate read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from promo_engine.domain.decisions.decisions import Decision
from promo_engine.domain.learning.objective import Objective
from promo_engine.domain.learning.training_example import TrainingExample


@dataclass(frozen=True)
class AnsweredOffers:
    """Offers that need not be shown again."""

    accepted: frozenset[str]
    """By this customer ever, or in this conversation."""
    declined_here: frozenset[str]


@dataclass(frozen=True)
class PendingReward:
    """A matured reward that no snapshot holds yet."""

    decision_id: str
    recorded_at: datetime
    labelled: TrainingExample
    offer_id: str
    conversation_id: str
    customer_id: str | None
    exposed_at: datetime
    weight: float | None
    """What it counts; None before it was weighed."""
    released: bool
    """Whether somebody looked at it in quarantine and let it go."""
    margin_cents: float | None
    """This code's share of the margin of the order that used it; None if none did, or no costs are known."""

    def to_example(self, objective: Objective) -> TrainingExample:
        """Return what the policy learns; a reward that nobody weighed counts fully."""
        reward = objective.reward(acceptance=self.labelled.reward, margin_cents=self.margin_cents)
        return replace(self.labelled, reward=reward, weight=1.0 if self.weight is None else self.weight)


@dataclass(frozen=True)
class SettledDecision:
    """A decision and what became of it."""

    decision: Decision
    reward: float | None
    """None: an offer that was never shown, or one whose answer is still awaited, or no offer."""


@dataclass(frozen=True)
class Treatment:
    """What a decision did for its customer."""

    demographics: Mapping[str, str]
    exposure: float
    """Probability with which the policy made an offer."""
    value_cents: int
    """What the offer costs the shop; 0 for no offer."""
    accepted: bool
