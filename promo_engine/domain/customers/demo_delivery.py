"""The made-up delivery of a demo data set, which knows no parcels: its orders' states follow from their age.

Packing on the first day, shipped until the end of the third, delivered after. No other order's state is ever made up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from promo_engine.domain.customers.orders import Order
from promo_engine.domain.customers.shop_orders import ShopOrderState

DEMO_SOURCE = "demo"
"""Kind of the sources whose orders this is for."""
PACKING_TIME = timedelta(days=1)
DELIVERY_TIME = timedelta(days=3)
EXPECTED_HOUR = 18
"""Parcels are promised for six in the evening (UTC) of the day they are due."""


def is_demo_order(order: Order) -> bool:
    """Say whether the order is of a demo data set, which is its own shop."""
    return order.source_kind == DEMO_SOURCE


def demo_state(order: Order, at: datetime) -> ShopOrderState:
    """Where a demo order whose state nobody reported is at a moment."""
    age = at - order.placed_at
    if age < PACKING_TIME:
        return ShopOrderState.PACKING
    return ShopOrderState.SHIPPED if age < DELIVERY_TIME else ShopOrderState.DELIVERED


def demo_delivery_time(order: Order) -> datetime:
    """The moment from which a demo order counts as delivered."""
    return order.placed_at + DELIVERY_TIME


def demo_promise(order: Order) -> datetime:
    """The evening by which a demo order is promised, on or after the moment it is delivered."""
    due = demo_delivery_time(order)
    promised = due.replace(hour=EXPECTED_HOUR, minute=0, second=0, microsecond=0)
    return promised if promised >= due else promised + timedelta(days=1)
