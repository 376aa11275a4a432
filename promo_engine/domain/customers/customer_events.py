"""What customers do in the shop, as the shop reports it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from promo_engine.domain.customers.orders import Order, OrderLine


@dataclass(frozen=True)
class Purchase:
    """The order that a purchase event makes."""

    order: Order
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True)
class CustomerEvent:
    """One thing a customer did."""

    event_id: str
    customer_id: str
    kind: str
    """`purchase`, `view` or `cart`."""
    occurred_at: datetime
    purchase: Purchase | None = None
    """Set exactly for purchases."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """The event as it came, for what later models may want to read from it."""
