"""Offers: a benefit, the rules for who may get it, and the promotion it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class BenefitKind(StrEnum):
    """The five kinds of benefit."""

    PERCENTAGE = "percentage"
    FIXED_AMOUNT = "fixed_amount"
    BUY_X_GET_Y = "buy_x_get_y"
    FREE_DELIVERY = "free_delivery"
    LOYALTY_POINTS = "loyalty_points"


@dataclass(frozen=True)
class Benefit:
    """What the shopper gains. Exactly the fields of its kind are set; `__post_init__` refuses anything else."""

    kind: BenefitKind
    percent_basis_points: int | None = None
    """PERCENTAGE: 1,500 is 15 %; 1 to 10,000."""
    amount_cents: int | None = None
    """FIXED_AMOUNT: cents off, above 0."""
    buy_quantity: int | None = None
    """BUY_X_GET_Y: pieces to pay for, above 0."""
    get_quantity: int | None = None
    """BUY_X_GET_Y: pieces free, above 0."""
    points: int | None = None
    """LOYALTY_POINTS: points credited, above 0."""

    def __post_init__(self) -> None:
        needed = _FIELDS_OF_KIND[self.kind]
        for name in ("percent_basis_points", "amount_cents", "buy_quantity", "get_quantity", "points"):
            value = getattr(self, name)
            if name in needed and (value is None or value <= 0):
                raise ValueError(f"{name}: a {self.kind} benefit needs a number above 0")
            if name not in needed and value is not None:
                raise ValueError(f"{name}: a {self.kind} benefit has no such field")
        if self.percent_basis_points is not None and self.percent_basis_points > 10_000:
            raise ValueError("percent_basis_points: at most 10000, which is 100 %")


_FIELDS_OF_KIND: dict[BenefitKind, frozenset[str]] = {
    BenefitKind.PERCENTAGE: frozenset({"percent_basis_points"}),
    BenefitKind.FIXED_AMOUNT: frozenset({"amount_cents"}),
    BenefitKind.BUY_X_GET_Y: frozenset({"buy_quantity", "get_quantity"}),
    BenefitKind.FREE_DELIVERY: frozenset(),
    BenefitKind.LOYALTY_POINTS: frozenset({"points"}),
}


@dataclass(frozen=True)
class Eligibility:
    """Hard rules before the choice. An empty rule lets everyone in."""

    min_baskets: int = 0
    """Baskets the customer must have bought before; strangers have 0."""
    signed_in_only: bool = False
    bought_any_of: frozenset[int] = frozenset()
    """category_ids of which the customer must have bought one; empty means any customer."""
    min_basket_cents: int = 0
    """Order value from which the benefit applies; a term of the offer, not a rule on who may see it."""

    @property
    def rule(self) -> tuple[object, ...]:
        """What says who may see the offer: equal for offers that the same customers may see."""
        return self.min_baskets, self.signed_in_only, self.bought_any_of


@dataclass(frozen=True)
class Offer:
    """One arm of the bandit: a condition plus a benefit."""

    offer_id: str
    promotion_id: str
    title: str
    terms: str
    benefit: Benefit
    category_ids: frozenset[int]
    """Product categories the benefit applies to; empty means the whole basket."""
    unit_cost_cents: int
    """What one redemption is expected to cost the shop, above or equal 0."""
    starts_at: datetime
    ends_at: datetime
    eligibility: Eligibility = field(default_factory=Eligibility)
