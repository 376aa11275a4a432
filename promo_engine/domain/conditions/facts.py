"""What conditions may ask about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Facts:
    """What is known at a moment; None is unknown. `at` has a time zone."""

    at: datetime | None = None
    segments: frozenset[str] | None = None
    order_count: int | None = None
    days_since_order: float | None = None
    """Unknown as well where there was no order."""
    basket_cents: int | None = None
    basket_category_ids: frozenset[int] | None = None
    bought_category_ids: frozenset[int] | None = None
    channel: str | None = None
    intent: str | None = None
    sentiment: str | None = None
    country: str | None = None
    """ISO 3166 alpha-2, upper case."""
    currency: str | None = None
    stock: Mapping[str, int] | None = None
    """Pieces by product_id."""
