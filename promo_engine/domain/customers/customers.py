"""Customers as decisions and pages read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class StoredState:
    """A customer's state in the user model, and the time of the basket that last moved it."""

    state: bytes
    last_event_at: datetime


@dataclass(frozen=True)
class KnownCustomer:
    """What a decision reads of a customer."""

    stored: StoredState | None
    """The state in the user model; None before the first basket."""
    segments: frozenset[str] = frozenset()
    """The shop's groups that the customer is in."""


@dataclass(frozen=True)
class CustomerSummary:
    """A customer as the demo page lists them."""

    customer_id: str
    order_count: int
    top_categories: tuple[str, ...]
    last_order_number: str
    """The shop's own number; its order_id where the shop has none."""
