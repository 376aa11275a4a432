"""What conditions may ask about a customer: read where a decision is made and where a basket is priced."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from math import isfinite

from promo_engine.domain.conditions import Facts
from promo_engine.domain.errors import NotFound
from promo_engine.domain.ports import CustomerModel, CustomerOutlook
from promo_engine.domain.unit_of_work import UnitOfWork


async def outlook_of(
    unit: UnitOfWork, customer_id: str | None, *, model: CustomerModel, now: datetime
) -> CustomerOutlook:
    """Return the user model's outlook on a customer, or on a stranger. Raises NotFound `unknown_customer`."""
    if customer_id is None:
        return model.outlook(model.initial_state(), at=now)
    try:
        stored = await unit.customers.state(customer_id, model_version=model.version)
    except LookupError:
        raise NotFound("unknown_customer", f"There is no customer {customer_id}.", field="customer_id") from None
    if stored is None:
        return model.outlook(model.initial_state(), at=now)
    # The shop's clock may be a little ahead of ours; a state cannot be read before its last basket.
    return model.outlook(stored.state, at=max(now, stored.last_event_at))


async def facts_of(
    unit: UnitOfWork,
    customer_id: str | None,
    *,
    outlook: CustomerOutlook,
    asked: frozenset[str],
    now: datetime,
) -> Facts:
    """Return what is known of a customer at a moment; of a stranger, only the moment.

    `asked` names the tests that need an answer: segments are looked up for `segment` alone.
    """
    if customer_id is None:
        return Facts(at=now)
    bought = {category: days for category, days in enumerate(outlook.days_since_purchase) if isfinite(days)}
    facts = Facts(
        at=now,
        order_count=outlook.basket_count,
        days_since_order=min(bought.values(), default=None),
        bought_category_ids=frozenset(bought),
    )
    return replace(facts, segments=await unit.customers.segments(customer_id)) if "segment" in asked else facts
