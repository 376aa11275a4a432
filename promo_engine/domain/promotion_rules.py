"""What an offer and the clock alone decide: which offers are open at a moment, whoever asks, and in words why not.

Computed once for an assortment and good for up to a minute, so that a decision looks only at the offers that ask about
the customer (`eligibility.sort_offers`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promo_engine.domain.conditions import Facts, names_in, reason_to_hide, refusal
from promo_engine.domain.limits import NO_LIMITS, Commitment, Limits, reason_against_spending, total
from promo_engine.domain.offers import Offer
from promo_engine.domain.ports import OfferSet
from promo_engine.domain.promotions import LifecycleState, ManagedOffer, Promotion

REASON_OF_STATE: Mapping[LifecycleState, str] = {
    LifecycleState.DRAFT: "this offer is not published yet",
    LifecycleState.SCHEDULED: "this offer has not started yet",
    LifecycleState.PAUSED: "this offer is paused at the moment",
    LifecycleState.ENDED: "this offer has ended",
}
ITS_PROMOTION = "the promotion of this offer"


@dataclass(frozen=True, eq=False)
class OpenOffers:
    """Which offers of a set are open from `at` until before `until`. Nobody changes it."""

    of: OfferSet
    at: datetime
    until: datetime
    places: Sequence[int]
    """Of the open ones in `of`, ascending."""
    closed: Mapping[str, str]
    """The reasons against the others, by offer_id."""
    asking: Sequence[int]
    """Those open ones whose rules or condition ask about customer, basket or conversation."""
    asked: frozenset[str]
    """The names of the tests in their conditions: which facts are worth looking up."""
    place_of: Mapping[str, int]
    """Of the open ones, by offer_id."""
    limits_of: Mapping[str, Limits]
    """Of the open ones that have any, by offer_id."""
    places_of_promotion: Mapping[str, Sequence[int]]
    """Of the open ones, for the promotions that have limits."""
    limits_of_promotion: Mapping[str, Limits]


def open_offers(
    of: OfferSet,
    managed: Sequence[ManagedOffer],
    *,
    promotions: Mapping[str, Promotion],
    commitments: Mapping[str, Commitment],
    at: datetime,
) -> OpenOffers:
    """Part the offers of a set; `managed` are the same offers in the same order.

    `commitments` are by offer_id, as last measured; they may lag some seconds, since the storage keeps the hard caps.
    """
    spent = _by_promotion(managed, promotions, commitments)
    state_of = {promotion.promotion_id: promotion.state_at(at) for promotion in promotions.values()}
    places: list[int] = []
    closed: dict[str, str] = {}
    for place, one in enumerate(managed):
        promotion = promotions[one.offer.promotion_id]
        states = (state_of[promotion.promotion_id], one.own_state_at(at))
        reason = (
            next((REASON_OF_STATE[state] for state in states if state is not LifecycleState.LIVE), None)
            or _reason_of_spending(one, promotion, commitments, spent)
            or (None if one.offer.condition is None else reason_to_hide(one.offer.condition, Facts(at=at)))
        )
        if reason is None:
            places.append(place)
        else:
            closed[one.offer.offer_id] = reason
    limited = {one.promotion_id: one.limits for one in promotions.values() if one.limits != NO_LIMITS}
    of_limited: dict[str, list[int]] = {promotion_id: [] for promotion_id in limited}
    for place in places if limited else ():
        if of.offers[place].promotion_id in of_limited:
            of_limited[of.offers[place].promotion_id].append(place)
    asking = [place for place in places if _asks(of.offers[place], at)]
    conditions = [of.offers[place].condition for place in asking]
    return OpenOffers(
        of=of,
        at=at,
        until=_next_change(managed, promotions, at),
        places=places,
        closed=closed,
        asking=asking,
        asked=frozenset().union(*(names_in(one) for one in conditions if one is not None)),
        place_of={of.offer_ids[place]: place for place in places},
        limits_of={
            of.offer_ids[place]: managed[place].limits for place in places if managed[place].limits != NO_LIMITS
        },
        places_of_promotion=of_limited,
        limits_of_promotion=limited,
    )


def _asks(offer: Offer, at: datetime) -> bool:
    """Say whether more than the clock is needed to judge an open offer."""
    if offer.eligibility.asks_about_customer:
        return True
    return offer.condition is not None and refusal(offer.condition, Facts(at=at)) is not None


def _reason_of_spending(
    managed: ManagedOffer,
    promotion: Promotion,
    commitments: Mapping[str, Commitment],
    spent: Mapping[str, Commitment],
) -> str | None:
    offer, reason = managed.offer, None
    if managed.limits != NO_LIMITS:
        committed = commitments.get(offer.offer_id, Commitment())
        reason = reason_against_spending(managed.limits, committed, unit_cost_cents=offer.unit_cost_cents)
    if reason is None and promotion.promotion_id in spent:
        reason = reason_against_spending(
            promotion.limits,
            spent[promotion.promotion_id],
            unit_cost_cents=offer.unit_cost_cents,
            what=ITS_PROMOTION,
        )
    return reason


def _next_change(managed: Sequence[ManagedOffer], promotions: Mapping[str, Promotion], at: datetime) -> datetime:
    """Return the next full minute, at which a time window may begin or end, or a start or an end before it."""
    minute = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    windows = [(one.starts_at, one.ends_at) for one in promotions.values()]
    windows += [(one.offer.starts_at, one.offer.ends_at) for one in managed]
    return min((moment for window in windows for moment in window if at < moment < minute), default=minute)


def _by_promotion(
    offers: Sequence[ManagedOffer], promotions: Mapping[str, Promotion], commitments: Mapping[str, Commitment]
) -> dict[str, Commitment]:
    """Sum the commitments of the promotions that have a cap."""
    capped = {
        one.promotion_id
        for one in promotions.values()
        if one.limits.budget_cents is not None or one.limits.max_uses is not None
    }
    held: dict[str, list[Commitment]] = {promotion_id: [] for promotion_id in capped}
    for managed in offers if capped else ():
        if managed.offer.promotion_id in capped and managed.offer.offer_id in commitments:
            held[managed.offer.promotion_id].append(commitments[managed.offer.offer_id])
    return {promotion_id: total(of_it) for promotion_id, of_it in held.items()}
