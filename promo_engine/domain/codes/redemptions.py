"""Redemptions: which order used which codes, at what price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Redemption:
    """The codes of one order, used."""

    redemption_id: str
    order_id: str
    customer_id: str | None
    request_hash: str
    """Tells a repeated request from another one for the same order."""
    quote: Mapping[str, Any]
    """The priced basket, as it was answered."""
    redeemed_at: datetime
    cancelled_at: datetime | None = None
    margin_cents: int | None = None
    """Of the lines whose cost is known, after all that the codes cost; None if no cost is known."""
