"""Offers: a benefit, the lines it is about, the rules for who may get it, and the promotion it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from promo_engine.domain.benefits.benefit import Benefit
from promo_engine.domain.benefits.scope import WHOLE_BASKET, Scope
from promo_engine.domain.conditions.conditions import Condition
from promo_engine.domain.money import MAX_CENTS, WHOLE

MAX_PRIORITY = 1_000
MAX_GROUP = 64
MAX_TITLE = 256
MAX_TERMS = 2_000


@dataclass(frozen=True)
class Eligibility:
    """Hard rules before the choice. An empty rule lets everyone in. Raises ValueError for a field out of its range."""

    min_baskets: int = 0
    """Baskets the customer must have bought before; anonymous customers have 0."""
    signed_in_only: bool = False
    bought_any_of: frozenset[int] = frozenset()
    """category_ids of which the customer must have bought one; empty means any customer."""
    min_basket_cents: int = 0
    """Order value from which the benefit applies; a term of the offer, not a rule on who may see it."""

    def __post_init__(self) -> None:
        if self.min_baskets < 0:
            raise ValueError(f"min_baskets: 0 or more, not {self.min_baskets}")
        if not 0 <= self.min_basket_cents <= MAX_CENTS:
            raise ValueError(f"min_basket_cents: 0 to {MAX_CENTS}, not {self.min_basket_cents}")

    @property
    def about_customer(self) -> tuple[int, bool, frozenset[int]]:
        """The rules about the customer: equal for offers that the same customers may see."""
        return self.min_baskets, self.signed_in_only, self.bought_any_of


@dataclass(frozen=True)
class Offer:
    """One arm of the bandit: conditions plus a benefit. Raises ValueError for a field out of its range."""

    offer_id: str
    promotion_id: str
    title: str
    terms: str
    benefit: Benefit
    unit_cost_cents: int
    """What one redemption is expected to cost the shop, above or equal 0."""
    starts_at: datetime
    ends_at: datetime
    scope: Scope = WHOLE_BASKET
    """What the benefit is taken off. Where it is taken off nothing, as with a gift, only what the offer is about."""
    eligibility: Eligibility = field(default_factory=Eligibility)
    condition: Condition | None = None
    """Judged when the offer is chosen and again at the checkout."""
    exclusive_group: str | None = None
    """At most one offer of a group applies to an order."""
    priority: int = 0
    """The higher applies first."""
    margin_floor_basis_points: int | None = None
    """What of a line's price without tax has to stay above its cost; None protects nothing."""

    def __post_init__(self) -> None:
        if not 0 <= self.unit_cost_cents <= MAX_CENTS:
            raise ValueError(f"unit_cost_cents: 0 to {MAX_CENTS}, not {self.unit_cost_cents}")
        floor, group = self.margin_floor_basis_points, self.exclusive_group
        if floor is not None and not 0 <= floor < WHOLE:
            raise ValueError(f"margin_floor_basis_points: 0 to {WHOLE - 1}, not {floor}")
        if abs(self.priority) > MAX_PRIORITY:
            raise ValueError(f"priority: -{MAX_PRIORITY} to {MAX_PRIORITY}, not {self.priority}")
        if group is not None and not 1 <= len(group) <= MAX_GROUP:
            raise ValueError(f"exclusive_group: 1 to {MAX_GROUP} characters, not {len(group)}")
