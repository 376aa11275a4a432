"""Orders and their delivery.

The demo data knows no delivery, so its state is made up from the order's age: packing on the first day, shipped until
the end of the third, delivered after. A shop that knows better writes the state itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from promo_engine.domain.customers.forecast import CategoryPurchase

PACKING_TIME = timedelta(days=1)
DELIVERY_TIME = timedelta(days=3)
RETURN_WINDOW = timedelta(days=30)
"""Counted from delivery."""
EXPECTED_HOUR = 18
"""Parcels are promised for six in the evening (UTC) of the day they are due."""


class OrderState(StrEnum):
    """Where an order is."""

    PACKING = "packing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return_requested"


@dataclass(frozen=True)
class OrderLine:
    """One product of an order."""

    product_id: str
    quantity: int
    sales_cents: int
    """What the whole line cost."""
    name: str = ""


@dataclass(frozen=True)
class Order:
    """What a customer bought at once."""

    order_id: str
    customer_id: str
    placed_at: datetime
    total_cents: int
    override_state: OrderState | None = None
    """Cancelled or return requested; None lets the state follow from the order's age."""

    def state(self, at: datetime) -> OrderState:
        """Where the order is at a moment."""
        if self.override_state is not None:
            return self.override_state
        age = at - self.placed_at
        if age < PACKING_TIME:
            return OrderState.PACKING
        return OrderState.SHIPPED if age < DELIVERY_TIME else OrderState.DELIVERED

    @property
    def expected_at(self) -> datetime:
        """The evening by which the order was promised, on or after the moment it is delivered."""
        due = self.placed_at + DELIVERY_TIME
        promised = due.replace(hour=EXPECTED_HOUR, minute=0, second=0, microsecond=0)
        return promised if promised >= due else promised + timedelta(days=1)

    def can_cancel(self, at: datetime) -> bool:
        """Say whether it is still being packed."""
        return self.state(at) is OrderState.PACKING

    def can_return(self, at: datetime) -> bool:
        """Say whether it was delivered, at most 30 days ago."""
        return self.state(at) is OrderState.DELIVERED and at <= self.placed_at + DELIVERY_TIME + RETURN_WINDOW


def purchases_by_category(lines: Sequence[OrderLine], category_of: Mapping[str, int | None]) -> list[CategoryPurchase]:
    """Sum an order's lines by product category, in the order of category_id; products without one are left out."""
    quantities: dict[int, int] = {}
    sales: dict[int, int] = {}
    for line in lines:
        category_id = category_of[line.product_id]
        if category_id is not None:
            quantities[category_id] = quantities.get(category_id, 0) + line.quantity
            sales[category_id] = sales.get(category_id, 0) + line.sales_cents
    return [
        CategoryPurchase(category_id=category_id, quantity=quantities[category_id], sales_cents=sales[category_id])
        for category_id in sorted(quantities)
    ]
