"""The hard rules before the choice: who may see which offer, and in words why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.offers import Offer


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


def reason_against(
    offer: Offer, *, standing: CustomerStanding, at: datetime, category_names: Sequence[str]
) -> str | None:
    """Say why this offer may not be shown, in words for the customer; None if it may.

    `category_names` are what one says to a shopper, by category_id.
    """
    if at < offer.starts_at:
        return "this offer has not started yet"
    if at >= offer.ends_at:
        return "this offer has ended"
    if offer.offer_id in standing.accepted_offer_ids:
        return "you have already accepted this offer"
    if offer.offer_id in standing.declined_offer_ids:
        return "you have declined this offer in this conversation"
    return _reason_of_customer(offer, standing, category_names)


def _reason_of_customer(offer: Offer, standing: CustomerStanding, category_names: Sequence[str]) -> str | None:
    rules = offer.eligibility
    if rules.signed_in_only and not standing.signed_in:
        return "you need to sign in for this offer"
    if standing.basket_count < rules.min_baskets:
        return f"this offer is for customers with at least {rules.min_baskets} orders"
    if rules.bought_any_of and not rules.bought_any_of & standing.bought_category_ids:
        wanted = sorted(category_names[category_id] for category_id in rules.bought_any_of)
        return f"you have not bought {' or '.join(wanted)} before"
    return None


def sort_offers(
    offers: Iterable[Offer], *, standing: CustomerStanding, at: datetime, category_names: Sequence[str]
) -> tuple[list[Offer], Mapping[str, str]]:
    """Part the offers into the eligible ones, in their order, and the reasons against the others by offer_id."""
    eligible: list[Offer] = []
    refused: dict[str, str] = {}
    for offer in offers:
        reason = reason_against(offer, standing=standing, at=at, category_names=category_names)
        if reason is None:
            eligible.append(offer)
        else:
            refused[offer.offer_id] = reason
    return eligible, refused
