"""Pieces free or cheaper with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from promo_engine.domain.benefits.benefit import Benefit, Remaining, Stage, require_positive, require_share
from promo_engine.domain.money import WHOLE, fraction


@dataclass(frozen=True)
class BuyAndGet(Benefit):
    """Of every `buy_quantity` + `get_quantity` pieces in scope, `get_quantity` are free or cheaper: the cheapest."""

    kind: ClassVar[str] = "buy_x_get_y"
    ordinal: ClassVar[int] = 4
    stage: ClassVar[Stage] = Stage.PIECES

    buy_quantity: int
    get_quantity: int
    off_basis_points: int = WHOLE
    """5,000: the second at half price, with 1 and 1."""
    max_sets: int | None = 1
    """How often in one order; None is as often as the basket holds it."""

    def __post_init__(self) -> None:
        require_positive("buy_quantity", self.buy_quantity)
        require_positive("get_quantity", self.get_quantity)
        require_share("off_basis_points", self.off_basis_points)
        if self.max_sets is not None:
            require_positive("max_sets", self.max_sets)

    def depth(self, basket_cents: int) -> float:
        """Return what is off a whole set of equal pieces."""
        return self.get_quantity / (self.buy_quantity + self.get_quantity) * self.off_basis_points / WHOLE

    def reductions(self, of: Remaining, inside: Sequence[int]) -> Mapping[int, int]:
        """Take the share off the cheapest pieces of every full set."""
        pieces = sum(of.lines[index].quantity for index in inside)
        sets = pieces // (self.buy_quantity + self.get_quantity)
        cheaper = (sets if self.max_sets is None else min(sets, self.max_sets)) * self.get_quantity
        cuts = {}
        for index in sorted(inside, key=lambda index: of.lines[index].unit_price_cents):
            if not cheaper:
                break
            line = of.lines[index]
            taken = min(cheaper, line.quantity)
            cheaper -= taken
            off = fraction(of.left[index], numerator=taken * self.off_basis_points, denominator=line.quantity * WHOLE)
            cuts[index] = min(off, of.room(index))
        return cuts
