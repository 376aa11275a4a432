"""Products as a shop shows them now, in one currency: what they cost, and what they cost with an offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

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
    """An active product of the shop. Its price is that of the cheapest variant that can be bought now."""

    product_id: str
    title: str
    """Empty for a product of a data set that names none; then its type says what it is."""
    category_id: int | None = None
    category: str = ""
    """The shop's own name of the category; empty where it is not known."""
    product_type: str = ""
    brand: str | None = None
    url: str = ""
    image_url: str = ""
    price_cents: int | None = None
    """A piece, in the currency that was asked for; None where nothing may be said: no price there, or an old one."""
    highest_cents: int | None = None
    """Of the dearest variant that can be bought."""
    variant_id: str | None = None
    """The variant whose price it is."""
    variant_count: int = 0
    """Variants to choose from."""
    in_stock: bool = True
    above: frozenset[int] = frozenset()
    """Categories above its own."""
    on_sale: bool = True
    """Whether it can be bought now in the currency, whatever the age of its price."""


@dataclass(frozen=True)
class ListedVariant:
    """One of the options in which an active product is sold."""

    variant_id: str
    options: Mapping[str, str]
    price_cents: int | None
    """In the currency that was asked for; None where nothing may be said."""
    in_stock: bool


@dataclass(frozen=True)
class ListedCatalogue:
    """Every active product in one currency, by product_id."""

    products: tuple[ListedProduct, ...]
    next_change: datetime | None
    """When a sale begins or ends; None: no sale is planned."""
    has_variants: bool
    """False where no source ever reported a variant: then nothing is known of what can be bought."""


@dataclass(frozen=True)
class Example:
    """What so many pieces of a product cost, in cents, without and with an offer."""

    product: ListedProduct
    quantity: int
    before_cents: int
    after_cents: int


def example_of(offer: Offer, product: ListedProduct, *, currency: Currency, facts: Facts) -> Example | None:
    """Price the fewest pieces for which the offer takes something off; None if there are none, or no price to quote."""
    if product.price_cents is None or not product.on_sale:
        return None
    applied = OfferToApply.of(offer)
    if not offer.scope.category_ids.isdisjoint(product.above) and product.category_id is not None:
        own = offer.scope.category_ids | {product.category_id}
        applied = replace(applied, scope=replace(offer.scope, category_ids=own))
    for quantity in QUANTITIES:
        line = BasketLine(
            "1",
            product.product_id,
            product.price_cents,
            quantity,
            category_id=product.category_id,
            brand=product.brand,
        )
        if not applied.scope.holds(line):
            return None
        quote = price_basket(
            Basket((line,), currency),
            offers=[applied],
            facts=facts,
            stacking_rule=StackingRule.BEST_FOR_CUSTOMER,
            above={} if product.category_id is None else {product.category_id: product.above},
        )
        if quote.discount_cents:
            return Example(product, quantity, line.full_cents, quote.lines[0].after_cents)
    return None


def examples_of(
    offer: Offer, listed: Sequence[ListedProduct], *, currency: Currency, facts: Facts, limit: int
) -> list[Example]:
    """Price at most `limit` of the products with an offer. An offer on the whole basket is about none of them."""
    if offer.scope.is_whole_basket:
        return []
    found: list[Example] = []
    for product in listed:
        example = example_of(offer, product, currency=currency, facts=facts)
        if example is not None:
            found.append(example)
        if len(found) == limit:
            break
    return found
