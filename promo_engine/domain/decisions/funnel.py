"""What the record of decisions adds up to: steps by day and policy, money by offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Steps:
    """How far decisions came; each step counts those of the step before that went on."""

    decisions: int
    """Made by a policy: customers in the holdout are not among them."""
    offered: int
    exposed: int
    accepted: int
    redeemed: int
    """Accepted ones whose code was used at a checkout and not given back."""


@dataclass(frozen=True)
class DaySteps(Steps):
    """The decisions of one day in UTC."""

    day: date


@dataclass(frozen=True)
class BranchSteps(Steps):
    """The decisions of one line of the policy: versions of which each learned from the one before."""

    branch: int
    first_version: int
    last_version: int
    first_at: datetime
    last_at: datetime
    expected: float | None
    """Mean reward that the policy expected of the offers that were answered; None without one."""
    answered: int
    """Exposed offers whose outcome is known, the silent ones too."""


@dataclass(frozen=True)
class Enrolment:
    """A customer at their first decision in the test, and what they bought around it."""

    customer_id: str
    enrolled_at: datetime
    holdout: bool
    spent_cents: int
    """Within the outcome days after it."""
    spent_before_cents: int
    """Within as many days before it."""


@dataclass(frozen=True)
class DecisionNote:
    """What the conversation log keeps of a decision, to find its conversation by."""

    decision_id: str
    conversation_id: str
    policy_version: int
    branch: int


@dataclass(frozen=True)
class RedemptionNote:
    """A code that was used, and the conversation in which it was accepted."""

    redemption_id: str
    conversation_id: str
    redeemed_at: datetime


@dataclass(frozen=True)
class OfferMoney:
    """What the redeemed codes of one offer brought and cost, in cents."""

    offer_id: str
    redeemed: int
    cost_cents: int
    """The discounts given."""
    margin_cents: int | None
    """What those orders left after tax, goods and all their codes, an order's shared out evenly among its codes; None
    while no order's costs are known."""
    costed: int
    """Redemptions of which the margin is known."""


@dataclass(frozen=True)
class DaySpending:
    """What a promotion spent on one day in UTC, in cents."""

    day: date
    spent_cents: int
