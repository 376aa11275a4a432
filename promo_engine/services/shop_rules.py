"""The choices of the shop that runs the engine, as the services take them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta, tzinfo

from promo_engine.domain.customers.change_policy import ChangePolicy
from promo_engine.domain.learning.objective import Objective
from promo_engine.domain.learning.reward_trust import TrustRules
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.limits import NO_CAPS, CustomerCaps
from promo_engine.domain.pricing.stacking import StackingRule
from promo_engine.services.customers.customer_finder import FoundBy
from promo_engine.services.learning.release_gate import GateRules


@dataclass(frozen=True)
class Rules:
    """`settings.py` makes it from the environment."""

    holdout_basis_points: int
    reward_window: timedelta
    shop_time_zone: tzinfo
    customer_caps: CustomerCaps = NO_CAPS
    stacking_rule: StackingRule = StackingRule.BEST_FOR_CUSTOMER
    gate: GateRules = field(default_factory=GateRules)
    currency: Currency = field(default_factory=lambda: Currency("USD"))
    """Of shoppers who name none, and of every amount that names none."""
    price_max_age: timedelta = timedelta(days=1)
    """A price that was reported longer ago is not quoted."""
    trust: TrustRules = field(default_factory=TrustRules)
    objective: Objective = field(default_factory=Objective)
    changes: ChangePolicy = field(default_factory=ChangePolicy)
    """What customers may ask for after they ordered."""
    found_by: frozenset[FoundBy] = frozenset()
    """How who is not signed in may be found; empty: customers sign in."""
    sees_all_sales: bool = True
    """Whether this process is the only one of the engine."""
