"""Delivery for nothing, or for less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from promo_engine.domain.benefits.benefit import Benefit, Stage, require_positive, share_of_basket
from promo_engine.domain.money import Currency

_TYPICAL_DELIVERY_CENTS = 400


@dataclass(frozen=True)
class FreeDelivery(Benefit):
    """Delivery for nothing, or a part of it."""

    kind: ClassVar[str] = "free_delivery"
    ordinal: ClassVar[int] = 5
    stage: ClassVar[Stage] = Stage.DELIVERY

    cap_cents: int | None = None
    currency: Currency | None = None

    def __post_init__(self) -> None:
        if self.cap_cents is not None:
            require_positive("cap_cents", self.cap_cents)

    def depth(self, basket_cents: int) -> float:
        """Return a typical delivery's share of the basket."""
        return share_of_basket(self.off_delivery(_TYPICAL_DELIVERY_CENTS), basket_cents)

    def off_delivery(self, delivery_cents: int) -> int:
        """Return all of it, up to the cap."""
        return delivery_cents if self.cap_cents is None else min(delivery_cents, self.cap_cents)
