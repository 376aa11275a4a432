"""The hard rules before the choice: who may see which offer, and in words why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promo_engine.domain.conditions.conditions import refusal
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.offers.offers import Offer


@dataclass(frozen=True)
class CustomerStanding:
    """What the rules need to know of the one who asks."""

    signed_in: bool
    basket_count: int = 0
    bought_category_ids: frozenset[int] = frozenset()
    accepted_offer_ids: frozenset[str] = frozenset()
    """Accepted by this customer ever, or by an anonymous customer in this conversation."""
    declined_offer_ids: frozenset[str] = frozenset()
    """Declined in this conversation."""


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
    if rules.bought_any_of and rules.bought_any_of.isdisjoint(standing.bought_category_ids):
        wanted = sorted(category_names[category_id] for category_id in rules.bought_any_of)
        return f"you have not bought {' or '.join(wanted)} before"
    return None if offer.condition is None else refusal(offer.condition, facts)
