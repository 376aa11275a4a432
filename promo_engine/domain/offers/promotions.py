"""Promotions, and the states that they and their offers go through.

    draft -> scheduled -> live <-> paused -> ended

`scheduled` becomes `live` and `live` becomes `ended` by the clock alone: what is stored is what somebody decided, and
`state_at` reads it at a moment, so that no job has to run on time and no gap lies between two states. `live` is
therefore never stored. An offer has a decision of its own beside that of its promotion; the stricter one counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from promo_engine.domain.errors import Conflict, InvalidRequest
from promo_engine.domain.offers.limits import NO_LIMITS, Limits
from promo_engine.domain.offers.offers import Offer


class LifecycleState(StrEnum):
    """Where a promotion or an offer stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LIVE = "live"
    PAUSED = "paused"
    ENDED = "ended"


class Transition(StrEnum):
    """What a person may ask for."""

    SCHEDULE = "schedule"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


TRANSITIONS: Mapping[tuple[LifecycleState, Transition], LifecycleState] = {
    (LifecycleState.DRAFT, Transition.SCHEDULE): LifecycleState.SCHEDULED,
    (LifecycleState.SCHEDULED, Transition.PAUSE): LifecycleState.PAUSED,
    (LifecycleState.SCHEDULED, Transition.END): LifecycleState.ENDED,
    (LifecycleState.LIVE, Transition.PAUSE): LifecycleState.PAUSED,
    (LifecycleState.LIVE, Transition.END): LifecycleState.ENDED,
    (LifecycleState.PAUSED, Transition.RESUME): LifecycleState.SCHEDULED,
    (LifecycleState.PAUSED, Transition.END): LifecycleState.ENDED,
}
"""From the state at the moment of the request to the state that is stored. What is not here is refused."""

_STRICTEST_FIRST = (LifecycleState.ENDED, LifecycleState.DRAFT, LifecycleState.PAUSED, LifecycleState.SCHEDULED)
CHANGEABLE_WHEN_LIVE = frozenset({"title", "terms", "unit_cost_cents", "ends_at"})
"""Fields of a live offer that may change; so may its eligibility, but for the order value from which it applies."""
_CHECKED_APART = frozenset({"offer_id", "promotion_id", "starts_at", "scope", "eligibility"})
FROZEN_WHEN_LIVE = tuple(
    field.name for field in fields(Offer) if field.name not in CHANGEABLE_WHEN_LIVE | _CHECKED_APART
)
"""Fields of a live offer that may not change, since shoppers may hold it. A new field is one of them until it is named
above."""
_CHANGEABLE = frozenset({LifecycleState.DRAFT, LifecycleState.SCHEDULED})


@dataclass(frozen=True)
class Promotion:
    """A campaign that offers belong to."""

    promotion_id: str
    name: str
    starts_at: datetime
    ends_at: datetime
    state: LifecycleState = LifecycleState.SCHEDULED
    """As decided, never `live`; `state_at` says what it is at a moment."""
    limits: Limits = NO_LIMITS
    version: int = 1
    """Grows by one with every change; the ETag."""

    def state_at(self, at: datetime) -> LifecycleState:
        """Say where the promotion stands at a moment."""
        return state_at(self.state, starts_at=self.starts_at, ends_at=self.ends_at, at=at)


@dataclass(frozen=True)
class ManagedOffer:
    """An offer with what its keepers decided about it."""

    offer: Offer
    state: LifecycleState = LifecycleState.SCHEDULED
    limits: Limits = NO_LIMITS
    version: int = 1

    def own_state_at(self, at: datetime) -> LifecycleState:
        """Say where the offer stands, leaving its promotion aside."""
        return state_at(self.state, starts_at=self.offer.starts_at, ends_at=self.offer.ends_at, at=at)

    def state_at(self, at: datetime, *, promotion: Promotion) -> LifecycleState:
        """Say where the offer stands: its own state or its promotion's, whichever is stricter."""
        return stricter(self.own_state_at(at), promotion.state_at(at))


def state_at(decided: LifecycleState, *, starts_at: datetime, ends_at: datetime, at: datetime) -> LifecycleState:
    """Read a stored state at a moment; the window is [starts_at, ends_at)."""
    if decided is LifecycleState.DRAFT:
        return decided
    if decided is LifecycleState.ENDED or at >= ends_at:
        return LifecycleState.ENDED
    if decided is LifecycleState.PAUSED:
        return decided
    return LifecycleState.SCHEDULED if at < starts_at else LifecycleState.LIVE


def stricter(own: LifecycleState, other: LifecycleState) -> LifecycleState:
    """Return the state that keeps an offer back the most."""
    return next((state for state in _STRICTEST_FIRST if state in (own, other)), LifecycleState.LIVE)


def state_after(now: LifecycleState, transition: Transition) -> LifecycleState:
    """Return the state to store. Raises Conflict `transition_not_allowed`."""
    following = TRANSITIONS.get((now, transition))
    if following is None:
        allowed = [str(possible) for state, possible in TRANSITIONS if state is now]
        possible = f"possible are: {', '.join(allowed)}" if allowed else "nothing follows it"
        raise Conflict("transition_not_allowed", f"It is {now}, and {transition} is not possible then; {possible}.")
    return following


def check_window(*, starts_at: datetime, ends_at: datetime) -> None:
    """Raise InvalidRequest `inverted_window` unless the window has a length."""
    if starts_at >= ends_at:
        raise InvalidRequest("inverted_window", "ends_at has to lie after starts_at.", field="ends_at")


def check_inside(offer: Offer, *, promotion: Promotion) -> None:
    """Raise InvalidRequest `window_outside_promotion` unless the offer's window lies inside its promotion's."""
    if offer.starts_at < promotion.starts_at or offer.ends_at > promotion.ends_at:
        window = f"{promotion.starts_at.isoformat()} to {promotion.ends_at.isoformat()}"
        field = "starts_at" if offer.starts_at < promotion.starts_at else "ends_at"
        raise InvalidRequest(
            "window_outside_promotion", f"The offer has to lie inside its promotion, {window}.", field=field
        )


def check_promotion_change(before: Promotion, after: Promotion, *, at: datetime) -> None:
    """Raise InvalidRequest or Conflict unless this change may be made now.

    Draft and scheduled: everything. Live and paused: name, limits, and a later or at least future end. Ended: nothing.
    """
    check_window(starts_at=after.starts_at, ends_at=after.ends_at)
    state = before.state_at(at)
    _refuse_ended(state)
    if state not in _CHANGEABLE:
        _refuse_changes({"starts_at": (before.starts_at, after.starts_at)}, state)
        _refuse_past_end(before.ends_at, after.ends_at, at)


def check_offer_change(before: ManagedOffer, after: ManagedOffer, *, promotion: Promotion, at: datetime) -> None:
    """Raise InvalidRequest or Conflict unless this change may be made now; `promotion` is the one it belongs to.

    Once live, what an accepted offer gives stays: benefit, scope, condition, how it combines with others, margin floor,
    order value from which it applies, start. That holds however many codes are out, so that an edit cannot race with an
    acceptance. A changed benefit is a new offer.
    """
    check_window(starts_at=after.offer.starts_at, ends_at=after.offer.ends_at)
    check_inside(after.offer, promotion=promotion)
    if before.offer.promotion_id != after.offer.promotion_id:
        raise Conflict("promotion_is_fixed", "An offer stays with its promotion.", field="promotion_id")
    state = before.state_at(at, promotion=promotion)
    _refuse_ended(state)
    if state not in _CHANGEABLE:
        refuse_frozen_changes(before.offer, after.offer)
        _refuse_changes({"starts_at": (before.offer.starts_at, after.offer.starts_at)}, state)
        _refuse_past_end(before.offer.ends_at, after.offer.ends_at, at)


def refuse_frozen_changes(before: Offer, after: Offer) -> None:
    """Raise Conflict `frozen_while_live` where an offer that shoppers may hold would give them something else."""
    frozen: dict[str, tuple[object, object]] = {
        name: (getattr(before, name), getattr(after, name)) for name in FROZEN_WHEN_LIVE
    } | {
        "categories": (before.scope.category_ids, after.scope.category_ids),
        "products": (before.scope.product_ids, after.scope.product_ids),
        "brands": (before.scope.brands, after.scope.brands),
        "eligibility.min_basket_cents": (before.eligibility.min_basket_cents, after.eligibility.min_basket_cents),
    }
    _refuse_changes(frozen, LifecycleState.LIVE)


def _refuse_ended(state: LifecycleState) -> None:
    if state is LifecycleState.ENDED:
        raise Conflict("already_ended", "It has ended; nothing about it changes any more.")


def _refuse_changes(fields: Mapping[str, tuple[object, object]], state: LifecycleState) -> None:
    for name, (before, after) in fields.items():
        if before != after:
            raise Conflict(
                "frozen_while_live",
                f"{name} cannot change once it is {state}: shoppers may hold it. End it and make a new one.",
                field=name,
            )


def _refuse_past_end(before: datetime, after: datetime, at: datetime) -> None:
    if after != before and after <= at:
        raise Conflict("ends_in_past", "The new end has passed already; end it instead.", field="ends_at")
