"""Whose sales a history holds, and how its days and amounts are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from types import MappingProxyType

from studio.report.money import Money


@dataclass(frozen=True)
class ShopProfile:
    """What is known of the shop beside its sales."""

    zone: tzinfo = UTC
    """Of its days."""
    money: Money = field(default_factory=lambda: Money("EUR"))
    """All amounts are in this currency."""
    delivery_cents: int | None = None
    """What delivery usually costs; None where no order says."""
    country: str = ""
    """Of its holidays, as two letters; "" where nobody says."""
    history: str = ""
    """Hash of what the database held when it was read."""
    shop: str = ""
    """Hash that stays the same while the shop grows."""
    other_orders: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Orders in other currencies, which are left out."""

    @property
    def stamp(self) -> dict[str, str]:
        """What documents say of their source: `shop` stays the same while the shop grows, `history` does not."""
        return {"shop": self.shop, "history": self.history, "currency": self.money.code}

    @property
    def left_out(self) -> str:
        """A sentence on what is left out; "" for nothing."""
        if not self.other_orders:
            return ""
        others = ", ".join(f"{count:,} in {code or 'no currency'}" for code, count in sorted(self.other_orders.items()))
        return f"Only orders in {self.money.code} count; {others} are left out."
