"""Plans of campaigns and the states they go through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from promo_engine.domain.offers.promotions import Promotion


class PlanState(StrEnum):
    """Where a plan stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    STOPPED = "stopped"


@dataclass(frozen=True)
class PlannedOffer:
    """An offer that a plan would put live."""

    offer_id: str
    promotion_id: str
    written: Mapping[str, Any]
    """All of it as people write it, categories by the shop's names; `codecs.plan_codec` makes the domain's offer."""


@dataclass(frozen=True)
class PlanHoldout:
    """Who is left out so that the effect can be seen."""

    share: float
    customers: int | None
    """None where it was not stored."""
    power: float | None
    """Chance to see the effect that was asked for, at 5 % false alarms; None where it was not stored."""
    customer_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanWeek:
    """What a week is expected to cost."""

    starts_on: str
    """A day, as 2026-12-31."""
    cost_cents: int


@dataclass(frozen=True)
class StopRules:
    """When a promotion of the plan is ended."""

    min_acceptance: float
    """The least share of those shown who accept, 0 to 1."""
    look: str = "any time"
    """When the rules may be looked at."""


@dataclass(frozen=True)
class CampaignPlan:
    """What a plan would put live, for whom, and what is expected of it."""

    promotions: tuple[Promotion, ...]
    offers: tuple[PlannedOffer, ...]
    audiences: Mapping[str, tuple[str, ...]]
    """customer_ids by the segment that they get when the plan is approved."""
    stop_rules: StopRules
    goal: str | None = None
    currency: str | None = None
    """Of all its amounts; None for a plan of an older version, which did not say."""
    history: str | None = None
    """Hash of the sales that it was made from."""
    budget_cents: int | None = None
    simulated: bool = False
    """Whether `expected` comes from a model of the response alone."""
    expected: Mapping[str, float] | None = None
    """In cents, by name."""
    interval_cents: tuple[float, ...] = ()
    """95 % of the goal's value: from, to."""
    holdout: PlanHoldout | None = None
    pacing: tuple[PlanWeek, ...] = ()
    reasons: tuple[str, ...] = ()
    """One an offer, in words."""
    origin: Mapping[str, Any] | None = None
    """The portfolio of a Pareto front that the plan was made from."""

    def offers_of(self, promotion_id: str) -> tuple[str, ...]:
        """Return the offer_ids of a promotion of the plan."""
        return tuple(offer.offer_id for offer in self.offers if offer.promotion_id == promotion_id)


@dataclass(frozen=True)
class StoredPlan:
    """One plan."""

    plan_id: str
    state: PlanState
    body: CampaignPlan
    created_at: datetime
    created_by: str
    decided_at: datetime | None = None
    decided_by: str | None = None
    """Who approved or stopped it last."""
