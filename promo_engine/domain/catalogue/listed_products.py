"""Products as a shop shows them beside an offer: what they cost, and what they cost with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.pricing.baskets import Basket, BasketLine
from promo_engine.domain.pricing.pricing import OfferToApply, price_basket
from promo_engine.domain.pricing.stacking import StackingRule

QUANTITIES = (1, 2, 3, 4, 5, 6, 8, 10, 12)
"""Pieces that are tried, the fewest first, until an offer gives something."""


@dataclass(frozen=True)
class ListedProduct:
    """A product that sells, with its price a piece in cents."""

    product_id: str
    category_id: int
    category: str
    """The shop's own name of the category."""
    product_type: str
    package_size: str
    brand: str | None
    price_cents: int
    sold: int
    """In how many of the newest orders it is."""


@dataclass(frozen=True)
class Example:
    """What so many pieces of a product cost, in cents, without and with an offer."""

    product: ListedProduct
    quantity: int
    before_cents: int
    after_cents: int


def example_of(offer: Offer, product: ListedProduct, *, currency: Currency, facts: Facts) -> Example | None:
    """Price the fewest pieces for which the offer takes something off; None if there are none."""
    applied = OfferToApply.of(offer)
    for quantity in QUANTITIES:
        line = BasketLine(
            "1", product.product_id, product.price_cents, quantity, category_id=product.category_id, brand=product.brand
        )
        if not offer.scope.holds(line):
            return None
        quote = price_basket(
            Basket((line,), currency), offers=[applied], facts=facts, stacking_rule=StackingRule.BEST_FOR_CUSTOMER
        )
        if quote.discount_cents:
            return Example(product, quantity, line.full_cents, quote.lines[0].after_cents)
    return None


def examples_of(
    offer: Offer, price_list: Sequence[ListedProduct], *, currency: Currency, facts: Facts, limit: int
) -> list[Example]:
    """Price at most `limit` products of the shelf with an offer. An offer on the whole basket is about none of them."""
    if offer.scope.is_whole_basket:
        return []
    found: list[Example] = []
    for product in price_list:
        example = example_of(offer, product, currency=currency, facts=facts)
        if example is not None:
            found.append(example)
        if len(found) == limit:
            break
    return found
