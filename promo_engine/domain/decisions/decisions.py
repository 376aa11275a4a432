"""Decisions, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from promo_engine.domain.decisions.context import ConversationContext

CODE_LIFETIME = timedelta(days=14)
"""How long a reserved code can be used; never longer than its offer lasts."""


class NoOfferReason(StrEnum):
    """Why a decision holds no offer."""

    HOLDOUT = "holdout"
    NO_ELIGIBLE_OFFER = "no_eligible_offer"
    POLICY_CHOSE_NO_OFFER = "policy_chose_silence"


class OutcomeKind(StrEnum):
    """What became of an offer in the chat."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNANSWERED = "silent"
    """Exposed, and no answer within the reward window."""


REWARD_OF: Mapping[OutcomeKind, float] = {
    OutcomeKind.ACCEPTED: 1.0,
    OutcomeKind.DECLINED: 0.0,
    OutcomeKind.UNANSWERED: 0.0,
}


@dataclass(frozen=True)
class OfferResults:
    """How often an offer was shown, and what became of it, counted over exposures."""

    offer_id: str
    exposures: int
    accepted: int
    declined: int
    unanswered: int
    """The rest of the exposures may still be answered."""
    redeemed: int
    """Codes of the acceptances that were used at a checkout and not given back."""


@dataclass(frozen=True)
class Decision:
    """One choice, with everything that is needed to judge the policy by it later."""

    decision_id: str
    conversation_id: str
    request_id: str
    customer_id: str | None
    decided_at: datetime
    decision_context: ConversationContext
    ineligible_offers: Mapping[str, str]
    propensities: Mapping[str, float]
    expected_rewards: Mapping[str, float]
    features: tuple[float, ...]
    offer_id: str | None
    propensity: float
    no_offer_reason: NoOfferReason | None
    explanation: str
    holdout: bool
    policy_version: int
    model_version: str
    seed: int
    state_hash: str | None = None
    """Of the customer's state in the user model; None for an anonymous customer, or before the first basket."""
    pacing_penalties: Mapping[str, float] | None = None
    """By offer_id, what was taken off the expected reward; empty if nothing was. None: not recorded in those days."""
    exposed_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 < self.propensity <= 1:
            raise ValueError(f"propensity: {self.propensity} is not above 0 and at most 1")
        if (self.offer_id is None) != (self.no_offer_reason is not None):
            raise ValueError("no_offer_reason: is given exactly when there is no offer")


@dataclass(frozen=True)
class Outcome:
    """What a shopper made of an offer, as a reward; an accepted one has its code."""

    decision_id: str
    outcome: OutcomeKind
    reward: float
    recorded_at: datetime
    learned_in_version: int | None = None
    code: str | None = None
    code_expires_at: datetime | None = None
