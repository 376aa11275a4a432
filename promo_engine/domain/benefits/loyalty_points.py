"""Points on the customer's account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from promo_engine.domain.benefits.benefit import Benefit, Extras, Stage, require_positive, share_of_basket


@dataclass(frozen=True)
class LoyaltyPoints(Benefit):
    """Points on the customer's account; one counts as a cent where offers are compared."""

    kind: ClassVar[str] = "loyalty_points"
    ordinal: ClassVar[int] = 8
    stage: ClassVar[Stage] = Stage.NOTHING_OFF

    points: int

    def __post_init__(self) -> None:
        require_positive("points", self.points)

    def depth(self, basket_cents: int) -> float:
        """Return the points' share of the basket, a cent each."""
        return share_of_basket(self.points, basket_cents)

    def extras(self) -> Extras:
        """Return the points."""
        return Extras(points=self.points)
