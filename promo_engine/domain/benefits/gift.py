"""A product on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from promo_engine.domain.benefits.benefit import (
    Benefit,
    Extras,
    GiftedProduct,
    Stage,
    require_amount,
    require_positive,
    share_of_basket,
)


@dataclass(frozen=True)
class Gift(Benefit):
    """A product on top."""

    kind: ClassVar[str] = "gift"
    ordinal: ClassVar[int] = 7
    stage: ClassVar[Stage] = Stage.NOTHING_OFF

    product_id: str
    quantity: int = 1
    value_cents: int = 0
    """What all of it is worth to the shopper, for comparing offers and for budgets."""

    def __post_init__(self) -> None:
        require_positive("quantity", self.quantity)
        if not self.product_id:
            raise ValueError("product_id: is needed")
        require_amount("value_cents", self.value_cents)

    def depth(self, basket_cents: int) -> float:
        """Return its worth as a share of the basket."""
        return share_of_basket(self.value_cents, basket_cents)

    def extras(self) -> Extras:
        """Return the product."""
        return Extras(gift=GiftedProduct(self.product_id, self.quantity, self.value_cents))
