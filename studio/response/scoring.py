"""What a strategy is expected to bring under the response model: simulated, no strategy of these was ever run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from studio.data.shop_facts import SEGMENTS, ShopFacts
from studio.generate.strategies import WHOLE_BASKET, Strategy, bundle_of, delivery_cents, spend_in_scope
from studio.response.response_model import ResponseModel

REACH: Mapping[str, float] = {"any": 0.30, "web": 0.22, "app": 0.12}
"""An assumption: share of a segment's purchases that come after a chat with the offer, by channel."""
WORTH: Mapping[str, float] = {
    "percentage": 1.0, "fixed_amount": 0.9, "spend_and_save": 0.6, "buy_x_get_y": 0.7, "free_delivery": 0.5,
    "loyalty_points": 0.5, "bundle_price": 0.7,
}  # fmt: skip
"""An assumption: how much of the depth a shopper answers to, beside a plain percentage (thresholds are not reached)."""
GOALS = ("revenue", "margin", "satisfaction")


@dataclass(frozen=True)
class Expected:
    """Over the strategy's whole length, in cents, beside doing nothing."""

    revenue_cents: float
    margin_cents: float
    satisfaction_cents: float
    """What customers save, less a cent for everybody who is told of it: being told costs attention."""
    cost_cents: float
    """What the shop gives away, at most the budget."""

    def value(self, goal: str) -> float:
        """Return what the goal is about."""
        return float(getattr(self, f"{goal}_cents"))


def expect(strategy: Strategy, facts: ShopFacts, model: ResponseModel) -> Expected:
    """Score one strategy."""
    base = reached_cents(strategy, facts)
    depth = strategy.depth_basis_points / 10_000
    if strategy.kind == "free_delivery":
        depth = delivery_cents(facts) / spend_in_scope(strategy, facts)
    felt = min(round(10_000 * depth * WORTH[strategy.kind]), 6_000)
    if strategy.scope == WHOLE_BASKET:
        # All prices together move trade between weeks more than they make it: a third of the usual elasticity.
        lift = 1 + (float(np.exp(-model.pooled["price"].mean / 3 * -np.log(1 - felt / 10_000))) - 1)
    else:
        lift = model.lift(strategy.scope, off_basis_points=felt)
    given = felt / 10_000
    cost = base * lift * given
    share = min(1.0, strategy.budget_cents / max(cost, 1.0))
    margin = facts.margin(None if strategy.scope == WHOLE_BASKET else strategy.scope)
    revenue = base * (lift * (1 - given) - 1) * share
    return Expected(
        revenue_cents=revenue,
        margin_cents=base * (lift * (margin - given) - margin) * share,
        satisfaction_cents=cost * share - facts.size(strategy.segment),
        cost_cents=cost * share,
    )


def reached_cents(strategy: Strategy, facts: ShopFacts) -> float:
    """Sales in scope, without the promotion, of those whom it reaches on its days.

    Of a bundle only what baskets that hold both spend on it: whoever would take the second product for the price alone
    is not known from the data.
    """
    column = SEGMENTS.index(strategy.segment)
    weekly = facts.weekly_cents[:, column]
    sales = weekly.sum() if strategy.scope == WHOLE_BASKET else weekly[facts.row(strategy.scope)]
    if strategy.kind == "bundle_price":
        everyone = facts.weekly_cents[facts.row(strategy.scope), 0]
        sales = bundle_of(strategy, facts).weekly_cents * sales / max(everyone, 1.0)
    days = {"every day": 1.0, "weekend": facts.weekend_share, "working days": 1 - facts.weekend_share}[strategy.days]
    return float(sales) * strategy.length_days / 7 * days * REACH[strategy.channel]
