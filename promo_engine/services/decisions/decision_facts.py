"""What conditions may ask about a customer, where a decision is made and where a basket is priced."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from promo_engine.domain.conditions.conditions import Facts
from promo_engine.domain.customers.customers import KnownCustomer
from promo_engine.domain.customers.forecast import CustomerForecast


def facts_of(
    known: KnownCustomer | None,
    outlook: CustomerForecast,
    *,
    now: datetime,
    live_segments: frozenset[str],
    **told: Any,
) -> Facts:
    """Return what is known of a customer at a moment, of a stranger (None) only the moment, and what was told.

    The shop's own groups and the segments that follow from the orders count alike.
    """
    if known is None:
        return Facts(at=now, **told)
    return Facts(
        at=now,
        segments=known.segments | live_segments,
        order_count=outlook.basket_count,
        days_since_order=outlook.days_since_order,
        bought_category_ids=outlook.bought_category_ids,
        **told,
    )
