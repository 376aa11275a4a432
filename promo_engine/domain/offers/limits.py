"""How often and for how much: the limits of promotions and offers, and of what one customer gets to see.

Every rule is a function from facts to a reason in words, or None. The facts are two: what one customer has seen, taken
and declined (`CustomerHistory`), and what an account has committed (`Commitment`). Caps are read here so that an offer
that would be refused is not shown; that they are never passed is the storage's work, when a code is reserved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from promo_engine.domain.errors import InvalidRequest

MAX_DAYS = 366
"""The longest period of a cap and the longest cool-down; older history is never read."""


@dataclass(frozen=True)
class PerPeriod:
    """At most `count` within the last `days` days, counted back from the moment of the question."""

    count: int
    days: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InvalidRequest("invalid_limit", "A count has to be 1 or more.", field="count")
        if not 1 <= self.days <= MAX_DAYS:
            raise InvalidRequest("invalid_limit", f"days has to be 1 to {MAX_DAYS}.", field="days")


@dataclass(frozen=True)
class Limits:
    """The limits of a promotion or an offer; None is no limit."""

    budget_cents: int | None = None
    """Spent and reserved together never pass it."""
    max_uses: int | None = None
    """Codes reserved and redeemed together."""
    uses_per_customer: PerPeriod | None = None
    exposures_per_customer: PerPeriod | None = None
    decline_cooldown_days: int | None = None
    """After a no, the customer does not see it for so long."""

    def __post_init__(self) -> None:
        for name in ("budget_cents", "max_uses"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise InvalidRequest("invalid_limit", f"{name} has to be 0 or more.", field=name)
        if self.decline_cooldown_days is not None and not 1 <= self.decline_cooldown_days <= MAX_DAYS:
            raise InvalidRequest(
                "invalid_limit", f"decline_cooldown_days has to be 1 to {MAX_DAYS}.", field="decline_cooldown_days"
            )


NO_LIMITS = Limits()


class OfferContactKind(StrEnum):
    """What a customer did with an offer, or an offer with a customer."""

    EXPOSED = "exposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True)
class OfferContact:
    """One meeting of a customer and an offer."""

    offer_id: str
    promotion_id: str
    kind: OfferContactKind
    at: datetime


@dataclass(frozen=True)
class CustomerHistory:
    """The facts about one customer; about an anonymous customer, those of the conversation."""

    promotions_allowed: bool = True
    """False after "stop promotions", until the customer says otherwise."""
    contacts: tuple[OfferContact, ...] = ()


NO_HISTORY = CustomerHistory()


@dataclass(frozen=True)
class Commitment:
    """What an account holds: redeemed and reserved codes."""

    spent_cents: int = 0
    reserved_cents: int = 0
    uses: int = 0
    """Codes redeemed and reserved."""

    @property
    def cents(self) -> int:
        """Spent and reserved together."""
        return self.spent_cents + self.reserved_cents


def total(commitments: Iterable[Commitment]) -> Commitment:
    """Return what several accounts hold together."""
    held = tuple(commitments)
    return Commitment(
        spent_cents=sum(commitment.spent_cents for commitment in held),
        reserved_cents=sum(commitment.reserved_cents for commitment in held),
        uses=sum(commitment.uses for commitment in held),
    )


@dataclass(frozen=True)
class CustomerCaps:
    """The shop's own limits on what one customer sees, over all offers; None is no limit."""

    exposures: PerPeriod | None = None
    decline_cooldown_days: int | None = None


NO_CAPS = CustomerCaps()


def reason_against_customer(history: CustomerHistory, *, caps: CustomerCaps, at: datetime) -> str | None:
    """Say why this customer gets no offer at all now; None if nothing stands against it."""
    if not history.promotions_allowed:
        return "you have asked for no more promotions"
    return _reason_of_exposures(history.contacts, caps.exposures, at, what="offers") or _reason_of_cooldown(
        history.contacts, caps.decline_cooldown_days, at, what="an offer"
    )


def reason_against_use(
    limits: Limits, *, contacts: Iterable[OfferContact], at: datetime, what: str = "this offer"
) -> str | None:
    """Say why the customer may not see an offer by these limits; `contacts` are those that the limits are about."""
    met = tuple(contacts)
    uses = limits.uses_per_customer
    if uses is not None and _count(met, OfferContactKind.ACCEPTED, at, uses.days) >= uses.count:
        return f"you have used {what} {_times(uses)}"
    return _reason_of_exposures(met, limits.exposures_per_customer, at, what=what) or _reason_of_cooldown(
        met, limits.decline_cooldown_days, at, what=what
    )


def reason_against_spending(
    limits: Limits, committed: Commitment, *, unit_cost_cents: int, what: str = "this offer"
) -> str | None:
    """Say why one more use would not fit into the limits."""
    if limits.max_uses is not None and committed.uses >= limits.max_uses:
        return f"{what} has been taken as often as it may"
    if limits.budget_cents is not None and committed.cents + unit_cost_cents > limits.budget_cents:
        return f"the budget of {what} is used up"
    return None


def _reason_of_exposures(
    contacts: tuple[OfferContact, ...], cap: PerPeriod | None, at: datetime, *, what: str
) -> str | None:
    if cap is None or _count(contacts, OfferContactKind.EXPOSED, at, cap.days) < cap.count:
        return None
    return f"you have seen {what} {_times(cap)}"


def _reason_of_cooldown(contacts: tuple[OfferContact, ...], days: int | None, at: datetime, *, what: str) -> str | None:
    if days is None or not _count(contacts, OfferContactKind.DECLINED, at, days):
        return None
    return f"you have declined {what} in the last {_days(days)}"


def _count(contacts: Iterable[OfferContact], kind: OfferContactKind, at: datetime, days: int) -> int:
    since = at - timedelta(days=days)
    return sum(contact.kind is kind and contact.at > since for contact in contacts)


def _times(cap: PerPeriod) -> str:
    times = "once" if cap.count == 1 else f"{cap.count} times"
    return f"{times} in the last {_days(cap.days)}"


def _days(days: int) -> str:
    return "day" if days == 1 else f"{days} days"
