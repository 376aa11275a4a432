"""What the record of decisions adds up to, for people: steps by day, policies side by side, customers in the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


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
class LineSteps(Steps):
    """The decisions of one line of the policy: versions of which each learned from the one before."""

    line: int
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
    line: int


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


class Reports(Protocol):
    """Sums over the record; a part of `unit_of_work.UnitOfWork`."""

    async def days(self, *, since: datetime) -> list[DaySteps]:
        """List the days with decisions, the earliest first."""
        ...

    async def lines(self, *, model_version: str, since: datetime) -> list[LineSteps]:
        """List the lines that decided since then, the newest first."""
        ...

    async def enrolments(self, *, since: datetime, until: datetime, outcome_days: int) -> list[Enrolment]:
        """List the customers whose first decision since `since` was made before `until`, in that order."""
        ...

    async def decision_notes(self, *, after: str, limit: int) -> Sequence[DecisionNote]:
        """List decisions with an id above `after`, ascending: in the order in which they were made."""
        ...

    async def redemption_notes(self, *, since: datetime, limit: int) -> Sequence[RedemptionNote]:
        """List redemptions from `since` on that were not cancelled, the earliest first."""
        ...

    async def money(self, *, since: datetime) -> list[OfferMoney]:
        """Sum up the redemptions since then by offer."""
        ...

    async def spending(self, promotion_id: str) -> list[DaySpending]:
        """List what a promotion's redeemed codes cost by day, the earliest first."""
        ...
