"""Which offers their state, their limits or the customer's own history hold back, and in words why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from promo_engine.domain.limits import (
    NO_LIMITS,
    Commitment,
    CustomerCaps,
    CustomerHistory,
    Encounter,
    reason_against_customer,
    reason_against_spending,
    reason_against_use,
    total,
)
from promo_engine.domain.promotions import LifecycleState, ManagedOffer, Promotion

REASON_OF_STATE: Mapping[LifecycleState, str] = {
    LifecycleState.DRAFT: "this offer is not published yet",
    LifecycleState.SCHEDULED: "this offer has not started yet",
    LifecycleState.PAUSED: "this offer is paused at the moment",
    LifecycleState.ENDED: "this offer has ended",
}
_ITS_PROMOTION = "the promotion of this offer"


def held_back(
    offers: Iterable[ManagedOffer],
    *,
    promotions: Mapping[str, Promotion],
    history: CustomerHistory,
    commitments: Mapping[str, Commitment],
    caps: CustomerCaps,
    at: datetime,
) -> dict[str, str]:
    """Return the reason against each offer that may not be shown, by offer_id.

    `commitments` are by offer_id, as last measured; they may lag some seconds, since the storage keeps the hard caps.
    """
    offers = tuple(offers)
    whole = reason_against_customer(history, caps=caps, at=at)
    if whole is not None:
        return {managed.offer.offer_id: whole for managed in offers}
    of_offer: dict[str, list[Encounter]] = defaultdict(list)
    of_promotion: dict[str, list[Encounter]] = defaultdict(list)
    for one in history.encounters:
        of_offer[one.offer_id].append(one)
        of_promotion[one.promotion_id].append(one)
    closed = {
        promotion.promotion_id: _reason_of_promotion(promotion, of_promotion[promotion.promotion_id], at)
        for promotion in promotions.values()
    }
    spent = _by_promotion(offers, promotions, commitments)
    reasons: dict[str, str] = {}
    for managed in offers:
        promotion = promotions[managed.offer.promotion_id]
        reason = closed[promotion.promotion_id] or _reason_of_offer(
            managed, of_offer.get(managed.offer.offer_id, ()), commitments, at
        )
        if reason is None and promotion.promotion_id in spent:
            reason = reason_against_spending(
                promotion.limits,
                spent[promotion.promotion_id],
                unit_cost_cents=managed.offer.unit_cost_cents,
                what=_ITS_PROMOTION,
            )
        if reason is not None:
            reasons[managed.offer.offer_id] = reason
    return reasons


def _reason_of_promotion(promotion: Promotion, met: Iterable[Encounter], at: datetime) -> str | None:
    state = promotion.state_at(at)
    if state is not LifecycleState.LIVE:
        return REASON_OF_STATE[state]
    return reason_against_use(promotion.limits, encounters=met, at=at, what=_ITS_PROMOTION)


def _reason_of_offer(
    managed: ManagedOffer, met: Iterable[Encounter], commitments: Mapping[str, Commitment], at: datetime
) -> str | None:
    state = managed.own_state_at(at)
    if state is not LifecycleState.LIVE:
        return REASON_OF_STATE[state]
    if managed.limits == NO_LIMITS:
        return None
    committed = commitments.get(managed.offer.offer_id, Commitment())
    return reason_against_use(managed.limits, encounters=met, at=at) or reason_against_spending(
        managed.limits, committed, unit_cost_cents=managed.offer.unit_cost_cents
    )


def _by_promotion(
    offers: Iterable[ManagedOffer], promotions: Mapping[str, Promotion], commitments: Mapping[str, Commitment]
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
