"""What the shop's product categories and types are called when one speaks to a shopper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class DisplayNames:
    """Turns the shop's own names into a shopper's words."""

    category: Callable[[str], str] = str.lower
    product_type: Callable[[str], str] = str.lower
