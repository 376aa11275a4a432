"""What conditions may ask about a customer, where a decision is made and where a basket is priced."""

from __future__ import annotations

from datetime import datetime

from promo_engine.domain.conditions import Facts
from promo_engine.domain.ports import CustomerOutlook
from promo_engine.domain.unit_of_work import KnownCustomer


def facts_of(known: KnownCustomer | None, outlook: CustomerOutlook, *, now: datetime) -> Facts:
    """Return what is known of a customer at a moment; of a stranger (None), only the moment."""
    if known is None:
        return Facts(at=now)
    bought = outlook.bought_category_ids
    return Facts(
        at=now,
        segments=known.segments,
        order_count=outlook.basket_count,
        days_since_order=min((outlook.days_since_purchase[one] for one in bought), default=None),
        bought_category_ids=bought,
    )
