"""What happened in the engine, as facts that other services react to.

A service publishes an event on its unit of work; listeners get it once the transaction has committed, and never if it
was rolled back. `services.event_dispatcher` hands events out, `bootstrap` says who listens to what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.domain.decisions.decisions import OutcomeKind


@dataclass(frozen=True)
class OfferExposed:
    """A decision's offer was shown, for the first time."""

    offer_id: str
    at: datetime


@dataclass(frozen=True)
class OutcomeRecorded:
    """A customer accepted or declined a decision's offer, for the first time."""

    offer_id: str
    outcome: OutcomeKind
    at: datetime


@dataclass(frozen=True)
class OffersLeftUnanswered:
    """The reward window of so many shown offers passed without an answer; their outcome is `silent`."""

    count: int
    at: datetime


@dataclass(frozen=True)
class PurchasesIngested:
    """New purchases were stored."""

    purchases: tuple[Purchase, ...]


@dataclass(frozen=True)
class CustomersMerged:
    """A customer turned out to be another one; everything of theirs is there now."""

    gone: str
    into: str


@dataclass(frozen=True)
class CustomersForgotten:
    """Nothing of these customers is stored any more."""

    customer_ids: tuple[str, ...]


DomainEvent = (
    OfferExposed | OutcomeRecorded | OffersLeftUnanswered | PurchasesIngested | CustomersMerged | CustomersForgotten
)
