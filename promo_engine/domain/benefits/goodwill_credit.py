"""Money on the customer's account for a later order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from promo_engine.domain.benefits.benefit import Benefit, Extras, Stage, require_positive, share_of_basket
from promo_engine.domain.money import Currency


@dataclass(frozen=True)
class GoodwillCredit(Benefit):
    """Money on the customer's account after a complaint, for a later order; this one costs what it costs."""

    kind: ClassVar[str] = "goodwill_credit"
    ordinal: ClassVar[int] = 9
    stage: ClassVar[Stage] = Stage.NOTHING_OFF
    explanation: ClassVar[str] = "It is to make up for the trouble you had."

    amount_cents: int
    currency: Currency | None = None

    def __post_init__(self) -> None:
        require_positive("amount_cents", self.amount_cents)

    def depth(self, basket_cents: int) -> float:
        """Return the amount's share of the basket."""
        return share_of_basket(self.amount_cents, basket_cents)

    def extras(self) -> Extras:
        """Return the credit."""
        return Extras(credit_cents=self.amount_cents)
