"""The hard rules before the choice: who may see which of the open offers, and in words why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.conditions import Facts, refusal
from promo_engine.domain.limits import (
    CustomerCaps,
    CustomerHistory,
    Encounter,
    reason_against_customer,
    reason_against_use,
)
from promo_engine.domain.offers import Offer
from promo_engine.domain.ports import Candidates
from promo_engine.domain.promotion_rules import ITS_PROMOTION, OpenOffers


@dataclass(frozen=True)
class CustomerStanding:
    """What the rules need to know of the one who asks."""

    signed_in: bool
    basket_count: int = 0
    bought_category_ids: frozenset[int] = frozenset()
    accepted_offer_ids: frozenset[str] = frozenset()
    """Accepted by this customer ever, or by a stranger in this conversation."""
    declined_offer_ids: frozenset[str] = frozenset()
    """Declined in this conversation."""


def sort_offers(
    opened: OpenOffers,
    *,
    standing: CustomerStanding,
    history: CustomerHistory,
    facts: Facts,
    caps: CustomerCaps,
    at: datetime,
    category_names: Sequence[str],
) -> tuple[Candidates, dict[str, str]]:
    """Part all offers into the eligible ones and the reasons against the others by offer_id.

    Looks at the offers that ask about the customer and at those that the customer has met, not at all of them.
    """
    whole = reason_against_customer(history, caps=caps, at=at)
    if whole is not None:
        return Candidates(opened.of, ()), dict.fromkeys(opened.of.offer_ids, whole)
    refused: dict[int, str] = {}
    for place, reason in _reasons_of_history(opened, history.encounters, standing, at):
        refused.setdefault(place, reason)
    for place in opened.asking:
        if place not in refused:
            asked = reason_against(
                opened.of.offers[place], standing=standing, facts=facts, category_names=category_names
            )
            if asked is not None:
                refused[place] = asked
    places = [place for place in opened.places if place not in refused] if refused else opened.places
    ids = opened.of.offer_ids
    return Candidates(opened.of, places), {**opened.closed, **{ids[place]: why for place, why in refused.items()}}


def reason_against(
    offer: Offer, *, standing: CustomerStanding, facts: Facts, category_names: Sequence[str]
) -> str | None:
    """Say why this customer may not be shown an open offer here, in words for them; None if they may.

    `category_names` are what one says to a shopper, by category_id. A fact that is not known refuses where it is asked.
    """
    rules = offer.eligibility
    if rules.signed_in_only and not standing.signed_in:
        return "you need to sign in for this offer"
    if standing.basket_count < rules.min_baskets:
        return f"this offer is for customers with at least {rules.min_baskets} orders"
    if rules.bought_any_of and not rules.bought_any_of & standing.bought_category_ids:
        wanted = sorted(category_names[category_id] for category_id in rules.bought_any_of)
        return f"you have not bought {' or '.join(wanted)} before"
    return None if offer.condition is None else refusal(offer.condition, facts)


def _reasons_of_history(
    opened: OpenOffers, encounters: Iterable[Encounter], standing: CustomerStanding, at: datetime
) -> Iterator[tuple[int, str]]:
    of_offer: dict[str, list[Encounter]] = {}
    of_promotion: dict[str, list[Encounter]] = {}
    for one in encounters:
        of_offer.setdefault(one.offer_id, []).append(one)
        of_promotion.setdefault(one.promotion_id, []).append(one)
    for promotion_id, met in of_promotion.items():
        limits = opened.limits_of_promotion.get(promotion_id)
        reason = None if limits is None else reason_against_use(limits, encounters=met, at=at, what=ITS_PROMOTION)
        if reason is not None:
            yield from ((place, reason) for place in opened.places_of_promotion[promotion_id])
    for offer_id, met in of_offer.items():
        limits = opened.limits_of.get(offer_id)
        reason = None if limits is None else reason_against_use(limits, encounters=met, at=at)
        if reason is not None:
            yield opened.place_of[offer_id], reason
    answered = (
        (standing.accepted_offer_ids, "you have already accepted this offer"),
        (standing.declined_offer_ids, "you have declined this offer in this conversation"),
    )
    for offer_ids, reason in answered:
        yield from ((opened.place_of[one], reason) for one in offer_ids if one in opened.place_of)
