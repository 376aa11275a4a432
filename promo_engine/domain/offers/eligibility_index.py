"""Which offers one customer may see, of very many: what does not depend on the customer is settled once.

A screening belongs to a set of offers, to what they have spent when it was made, and to a span of time in which no
state changes by the clock. A customer then costs one look per distinct rule and one per offer that they have met,
however many offers there are. Offers are bits of a number, so that a rule's answer for thousands is one operation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promo_engine.domain.conditions.conditions import reason_to_hide, refusal
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.offers.candidates import Candidates, OfferSet, places_in
from promo_engine.domain.offers.eligibility import CustomerStanding, reason_against
from promo_engine.domain.offers.limits import (
    NO_LIMITS,
    Commitment,
    CustomerCaps,
    CustomerHistory,
    OfferContact,
    reason_against_customer,
    reason_against_spending,
    reason_against_use,
    total,
)
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import LifecycleState, ManagedOffer, Promotion

ACCEPTED = "you have already accepted this offer"
DECLINED = "you have declined this offer in this conversation"
REASON_OF_STATE: Mapping[LifecycleState, str] = {
    LifecycleState.DRAFT: "this offer is not published yet",
    LifecycleState.SCHEDULED: "this offer has not started yet",
    LifecycleState.PAUSED: "this offer is paused at the moment",
    LifecycleState.ENDED: "this offer has ended",
}
_ITS_PROMOTION = "the promotion of this offer"


@dataclass(frozen=True)
class EligibilityResult:
    """The offers that one customer may see, and why not the others."""

    candidates: Candidates
    refusals: Sequence[tuple[str, int]]
    """Reasons with the bits of their offers; no offer is in two."""

    def reasons(self, *, limit: int | None = None) -> dict[str, str]:
        """Return the reason against each refused offer by offer_id; at most so many."""
        ids = self.candidates.of.offer_ids
        named: dict[str, str] = {}
        for reason, mask in self.refusals:
            for index in places_in(mask):
                if limit is not None and len(named) >= limit:
                    return named
                named[ids[index]] = reason
        return named


class EligibilityIndex:
    """Made by `Screening.of`; `screen` asks it for one customer."""

    def __init__(
        self,
        managed: Sequence[ManagedOffer],
        *,
        promotions: Mapping[str, Promotion],
        commitments: Mapping[str, Commitment],
        offers: OfferSet,
        at: datetime,
    ) -> None:
        """`managed` in the order of `offers`; `commitments` by offer_id, as last measured.

        They may lag some seconds, since the storage keeps the hard caps.
        """
        self.made_at = at
        self._managed = managed
        self._promotions = promotions
        self._offers = offers
        self._place = {offer_id: index for index, offer_id in enumerate(offers.offer_ids)}
        self._members: dict[str, int] = defaultdict(int)
        for index, each in enumerate(managed):
            self._members[each.offer.promotion_id] |= 1 << index
        self._closed = self._settle(commitments, at)
        self._open = _every(offers) & ~_union(mask for _, mask in self._closed)
        self._rules = self._rules_of_open_offers()
        self.valid_until = _next_change(managed, promotions.values(), at)
        """From then on a state may be another one."""

    def screen(
        self,
        *,
        standing: CustomerStanding,
        history: CustomerHistory,
        facts: Facts,
        caps: CustomerCaps,
        at: datetime,
        category_names: Sequence[str],
        unusable: Sequence[tuple[str, int]] = (),
    ) -> EligibilityResult:
        """Part the offers for one customer at a moment before `valid_until`.

        `category_names` are what one says to a shopper, by category_id. `unusable` are reasons with the bits of offers
        that nobody can use in this currency (`offers_on_sale.refusals_in`).
        """
        whole = reason_against_customer(history, caps=caps, at=at)
        if whole is not None:
            return EligibilityResult(Candidates(self._offers, 0), [(whole, _every(self._offers))])
        refusals = list(self._closed)
        left = self._open

        def refuse(reason: str, mask: int) -> None:
            nonlocal left
            mask &= left
            if mask:
                refusals.append((reason, mask))
                left &= ~mask

        for reason, mask in unusable:
            refuse(reason, mask)
        self._refuse_by_history(history, at, refuse)
        for reason, ids in ((ACCEPTED, standing.accepted_offer_ids), (DECLINED, standing.declined_offer_ids)):
            if ids:
                refuse(reason, _union(1 << self._place[offer_id] for offer_id in ids if offer_id in self._place))
        signed_in, baskets, bought = standing.signed_in, standing.basket_count, standing.bought_category_ids
        for example, mask, (min_baskets, signed_in_only, bought_any_of), conditional in self._rules:
            # Most rules let most customers in. That is told here, at a tenth of the price of asking for the reason.
            if (
                conditional
                or baskets < min_baskets
                or (signed_in_only and not signed_in)
                or (bought_any_of and bought_any_of.isdisjoint(bought))
            ):
                against = reason_against(example, standing=standing, facts=facts, category_names=category_names)
                if against is not None:
                    refuse(against, mask)
        return EligibilityResult(Candidates(self._offers, left), refusals)

    def _settle(self, commitments: Mapping[str, Commitment], at: datetime) -> list[tuple[str, int]]:
        """Say which offers states and spending hold back from everybody."""
        spent = self._by_promotion(commitments)
        closed: dict[str, int] = defaultdict(int)
        for index, managed in enumerate(self._managed):
            reason = self._reason_of_all(managed, commitments, spent, at)
            if reason is not None:
                closed[reason] |= 1 << index
        return list(closed.items())

    def _reason_of_all(
        self,
        managed: ManagedOffer,
        commitments: Mapping[str, Commitment],
        spent: Mapping[str, Commitment],
        at: datetime,
    ) -> str | None:
        promotion = self._promotions[managed.offer.promotion_id]
        for state in (promotion.state_at(at), managed.own_state_at(at)):
            if state is not LifecycleState.LIVE:
                return REASON_OF_STATE[state]
        condition, cents = managed.offer.condition, managed.offer.unit_cost_cents
        reason = None if condition is None else reason_to_hide(condition, Facts(at=at))
        if reason is not None:
            return reason
        if managed.limits != NO_LIMITS:
            committed = commitments.get(managed.offer.offer_id, Commitment())
            reason = reason_against_spending(managed.limits, committed, unit_cost_cents=cents)
        if reason is None and promotion.promotion_id in spent:
            reason = reason_against_spending(
                promotion.limits, spent[promotion.promotion_id], unit_cost_cents=cents, what=_ITS_PROMOTION
            )
        return reason

    def _by_promotion(self, commitments: Mapping[str, Commitment]) -> dict[str, Commitment]:
        """Add up what the offers of each promotion that has limits have committed."""
        of: dict[str, list[Commitment]] = {
            promotion.promotion_id: []
            for promotion in self._promotions.values()
            if promotion.limits.budget_cents is not None or promotion.limits.max_uses is not None
        }
        for managed in self._managed:
            if managed.offer.promotion_id in of and managed.offer.offer_id in commitments:
                of[managed.offer.promotion_id].append(commitments[managed.offer.offer_id])
        return {promotion_id: total(held) for promotion_id, held in of.items()}

    def _rules_of_open_offers(self) -> list[tuple[Offer, int, tuple[int, bool, frozenset[int]], bool]]:
        """Return of each distinct rule about customers: one offer, the bits of all, what it asks, if on a condition."""
        shared: dict[object, tuple[Offer, int]] = {}
        for index in places_in(self._open):
            offer = self._offers.offers[index]
            rule = (offer.eligibility.about_customer, offer.condition)
            example, mask = shared.get(rule, (offer, 0))
            shared[rule] = (example, mask | 1 << index)
        return [
            (example, mask, example.eligibility.about_customer, example.condition is not None)
            for example, mask in shared.values()
            if _asks(example, self.made_at)
        ]

    def _refuse_by_history(self, history: CustomerHistory, at: datetime, refuse: Callable[[str, int], None]) -> None:
        of_offer: dict[str, list[OfferContact]] = defaultdict(list)
        of_promotion: dict[str, list[OfferContact]] = defaultdict(list)
        for contact in history.contacts:
            of_offer[contact.offer_id].append(contact)
            of_promotion[contact.promotion_id].append(contact)
        for promotion_id, met in of_promotion.items():
            promotion = self._promotions.get(promotion_id)
            if promotion is not None and promotion.limits != NO_LIMITS:
                reason = reason_against_use(promotion.limits, contacts=met, at=at, what=_ITS_PROMOTION)
                if reason is not None:
                    refuse(reason, self._members[promotion_id])
        for offer_id, met in of_offer.items():
            index = self._place.get(offer_id)
            if index is not None and self._managed[index].limits != NO_LIMITS:
                reason = reason_against_use(self._managed[index].limits, contacts=met, at=at)
                if reason is not None:
                    refuse(reason, 1 << index)


def _every(offers: OfferSet) -> int:
    return (1 << len(offers)) - 1


def _union(masks: Iterable[int]) -> int:
    every = 0
    for mask in masks:
        every |= mask
    return every


def _asks(offer: Offer, at: datetime) -> bool:
    """Say whether more than the clock is needed to judge an open offer."""
    if any(offer.eligibility.about_customer):
        return True
    return offer.condition is not None and refusal(offer.condition, Facts(at=at)) is not None


def _next_change(managed: Iterable[ManagedOffer], promotions: Iterable[Promotion], at: datetime) -> datetime:
    """Return the next full minute, at which a time window may begin or end, or a start or an end before it."""
    minute = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    windows = [(promotion.starts_at, promotion.ends_at) for promotion in promotions]
    windows += [(each.offer.starts_at, each.offer.ends_at) for each in managed]
    return min((moment for window in windows for moment in window if at < moment < minute), default=minute)
