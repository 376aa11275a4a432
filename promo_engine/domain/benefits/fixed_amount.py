"""An amount off the lines in scope together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from promo_engine.domain.benefits.benefit import Benefit, Remaining, Stage, require_positive, share_of_basket, spread
from promo_engine.domain.money import Currency


@dataclass(frozen=True)
class AmountOff(Benefit):
    """An amount off the lines in scope together, never more than they cost."""

    kind: ClassVar[str] = "fixed_amount"
    ordinal: ClassVar[int] = 2
    stage: ClassVar[Stage] = Stage.AMOUNTS

    amount_cents: int
    currency: Currency | None = None

    def __post_init__(self) -> None:
        require_positive("amount_cents", self.amount_cents)

    def depth(self, basket_cents: int) -> float:
        """Return the amount's share of the basket."""
        return share_of_basket(self.amount_cents, basket_cents)

    def reductions(self, of: Remaining, inside: Sequence[int]) -> Mapping[int, int]:
        """Spread the amount over the lines."""
        return spread(self.amount_cents, of, inside)
