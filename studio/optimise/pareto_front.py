"""The Pareto front as data for a picture, and the way from one of its portfolios to a plan.

A portfolio says more than a plan can carry: any depth, shares of segments. A plan carries at most a few promotions with
depths from a list. The plan says what of a portfolio it carries and what it leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import torch

from studio.data.shop_facts import SEGMENTS, ShopFacts
from studio.errors import StrategyError
from studio.generate.strategies import DEPTHS, LENGTHS, LIMITS, Strategy
from studio.optimise.optimisers import GOALS, ParetoFront, Portfolio, hypervolume
from studio.plan.planning import Brief, Plan, explain, make_plan
from studio.response.response_model import ResponseModel
from studio.response.scoring import expect

CHOSEN = "gradient, then NSGA-III"
"""The search whose Pareto front the product offers."""
_PORTFOLIOS, _RIVAL_PORTFOLIOS = 240, 120
_INCLUDED_FROM = 0.5
"""A segment of which a portfolio includes this share or more is offered the discount."""
_NO_DISCOUNT = DEPTHS[0] / 2 / 10_000


def pareto_front_data(portfolio: Portfolio, pareto_fronts: Mapping[str, ParetoFront]) -> dict[str, Any]:
    """The fronts of all searches, thinned evenly by revenue, and the portfolios of the one to choose from.

    Goals are cents a week beside doing nothing. `point` is what `plan --portfolio` takes, `let_in` the inclusion
    rate of each segment.
    """
    best = pareto_fronts[CHOSEN]
    depth, inclusion_rate = (part.numpy() for part in portfolio.split(torch.from_numpy(best.decisions)))
    return {
        "simulated": True,
        "goals": GOALS,
        "constraints": vars(portfolio.constraints),
        "categories": portfolio.categories,
        "segments": portfolio.segments,
        "searches": [
            {
                "name": name,
                "found": len(pareto_front.goals),
                "hypervolume": hypervolume(pareto_front, portfolio),
                "goals": pareto_front.goals[spread(pareto_front, _RIVAL_PORTFOLIOS)].round(),
            }
            for name, pareto_front in pareto_fronts.items()
        ],
        "portfolios": [
            {
                "point": at,
                "goals": best.goals[at].round(),
                "depth": depth[at].round(3),
                "let_in": inclusion_rate[at].round(2),
            }
            for at in spread(best, _PORTFOLIOS)
        ],
    }


def spread(pareto_front: ParetoFront, count: int) -> list[int]:
    """Places along the front, evenly by revenue, from the most to the least."""
    order = np.argsort(-pareto_front.goals[:, 0])
    return [int(order[at]) for at in np.unique(np.linspace(0, len(order) - 1, count).astype(int))]


@dataclass(frozen=True)
class ChosenPortfolio:
    """One portfolio of a Pareto front that was written down."""

    number: int
    goals: Sequence[float]
    """Revenue, margin and customers' gain, cents a week."""
    depth: Mapping[str, float]
    """By category, as a share of the price."""
    inclusion_rate: Mapping[str, float]
    """By segment, as a share of it."""


def read_portfolio(data: Mapping[str, Any], number: int) -> ChosenPortfolio:
    """Find a portfolio in what `pareto_front_data` made. Raises StrategyError."""
    known = {int(portfolio["point"]): portfolio for portfolio in data["portfolios"]}
    if number not in known:
        raise StrategyError(
            f"there is no portfolio {number} on the Pareto front, which has {len(known)} ({min(known)} to {max(known)})"
        )
    portfolio = known[number]
    return ChosenPortfolio(
        number,
        portfolio["goals"],
        dict(zip(data["categories"], portfolio["depth"], strict=True)),
        dict(zip(data["segments"], portfolio["let_in"], strict=True)),
    )


def strategies_of(portfolio: ChosenPortfolio, facts: ShopFacts, model: ResponseModel, brief: Brief) -> list[Strategy]:
    """Say a portfolio's discounts as strategies: one for each category and each segment that is included.

    Each runs as long as the brief's days allow and has the smallest budget of the list that its expected cost fits in.
    """
    length = max(days for days in LENGTHS if days <= brief.days)
    found = []
    for category, depth in portfolio.depth.items():
        if depth < _NO_DISCOUNT:
            continue
        for segment in _segments(portfolio):
            base = Strategy(
                kind="percentage",
                depth_basis_points=min(DEPTHS, key=lambda known: abs(known - 10_000 * depth)),
                scope=category,
                segment=segment,
                start_day=0,
                length_days=length,
                days="every day",
                channel="any",
                uses_per_customer=LIMITS[-1][0],
                budget_cents=LIMITS[-1][1],
            )
            found.append(_with_limits(base, expect(base, facts, model).cost_cents, brief.budget_cents))
    return found


def plan_of_portfolio(
    portfolio: ChosenPortfolio, brief: Brief, facts: ShopFacts, model: ResponseModel, *, plan_id: str, now: datetime
) -> Plan:
    """Make the plan that comes nearest to a portfolio, with a record of what it leaves out.

    Raises StrategyError where nothing of it brings more of the goal than doing nothing.
    """
    candidates = strategies_of(portfolio, facts, model, brief)
    if not candidates:
        raise StrategyError(
            f"portfolio {portfolio.number} discounts nothing by {_NO_DISCOUNT:.1%} or more: nothing to plan"
        )
    plan = make_plan(brief, candidates, facts, model, plan_id=plan_id, now=now)
    carried = {strategy.scope: strategy for strategy in plan.strategies}
    origin = {
        "point": portfolio.number,
        "goals_cents_a_week": dict(zip(("revenue", "margin", "satisfaction"), portfolio.goals, strict=True)),
        "carried": [
            {"category": name, "asked": portfolio.depth[name], "planned": strategy.depth_basis_points / 10_000}
            for name, strategy in carried.items()
        ],
        "left_out": sorted({candidate.scope for candidate in candidates} - set(carried)),
    }
    because = f"as portfolio {portfolio.number} of the Pareto front asks, as near as a promotion can say it:"
    reasons = [explain(strategy, facts, model, brief, because=because) for strategy in plan.strategies]
    return replace(plan, body={**plan.body, "origin": origin, "reasons": reasons})


def _segments(portfolio: ChosenPortfolio) -> tuple[str, ...]:
    """The segments that a portfolio includes; `everyone` where that is all of them, else the one it includes most."""
    chosen = tuple(name for name, share in portfolio.inclusion_rate.items() if share >= _INCLUDED_FROM)
    if len(chosen) == len(portfolio.inclusion_rate):
        return SEGMENTS[:1]
    return chosen or (max(portfolio.inclusion_rate, key=lambda name: portfolio.inclusion_rate[name]),)


def _with_limits(base: Strategy, cost_cents: float, most: int) -> Strategy:
    """The smallest budget that covers the cost, else the largest that the whole plan has."""
    fitting = [limit for limit in LIMITS if limit[1] <= most] or [LIMITS[0]]
    enough = [limit for limit in fitting if limit[1] >= cost_cents]
    uses, budget = min(enough, key=lambda limit: limit[1]) if enough else max(fitting, key=lambda limit: limit[1])
    return replace(base, uses_per_customer=uses, budget_cents=budget)
