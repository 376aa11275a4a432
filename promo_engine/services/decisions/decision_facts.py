"""What conditions may ask about a customer, where a decision is made and where a basket is priced."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.customers.customers import KnownCustomer
from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.services.catalogue.product_cache import CurrencyProducts

_IN_CONTEXT = tuple(field.name for field in fields(ConversationContext) if field.name in Facts.__dataclass_fields__)


def facts_of(
    known: KnownCustomer | None,
    forecast: CustomerForecast,
    *,
    categories: CategoryTree,
    now: datetime,
    live_segments: frozenset[str],
    **given: Any,
) -> Facts:
    """Return what is known of a customer at a moment, of an anonymous one (None) only the moment, with the given facts.

    Who bought from a category bought from those above it. The shop's own groups and the segments that follow from the
    orders count alike.
    """
    if known is None:
        return Facts(at=now, **given)
    return Facts(
        at=now,
        segments=known.segments | live_segments,
        order_count=forecast.basket_count,
        days_since_order=forecast.days_since_order,
        bought_category_ids=categories.with_above(forecast.bought_category_ids),
        **given,
    )


def known_stock(reported: Mapping[str, int] | None, products: CurrencyProducts) -> Mapping[str, int] | None:
    """Return pieces by product_id: as the request reports them, else as the catalogue has them; None is unknown."""
    if products.on_sale is None:
        return reported
    return ChainMap(dict(reported), products.on_sale.stock) if reported else products.on_sale.stock


def facts_in(context: ConversationContext) -> dict[str, Any]:
    """Return the facts that the conversation itself gives, by name; None is unknown."""
    values = vars(context)
    return {name: values[name] for name in _IN_CONTEXT}
