"""The Pareto front as data for a picture, and the way from one of its points to a plan.

A portfolio says more than a plan can carry: any depth, mailers, shares of segments. A plan carries at most a few
promotions with depths from a list, and no mailers, which the engine does not send. What of a point is carried and what
is not stands in the plan.
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
"""The search whose front the product offers."""
_POINTS, _RIVAL_POINTS = 240, 120
_LET_IN = 0.5
"""A segment of which a portfolio lets in this share or more is offered the discount."""
_NO_DISCOUNT = DEPTHS[0] / 2 / 10_000


def front_data(portfolio: Portfolio, fronts: Mapping[str, ParetoFront]) -> dict[str, Any]:
    """The fronts of all searches, thinned evenly by revenue, and the portfolios of the one to choose from.

    Goals are cents a week beside doing nothing. `point` is what `plan --point` takes.
    """
    best = fronts[CHOSEN]
    depth, mailer, let_in = (part.numpy() for part in portfolio.split(torch.from_numpy(best.decisions)))
    return {
        "simulated": True,
        "goals": GOALS,
        "constraints": vars(portfolio.constraints),
        "categories": portfolio.categories,
        "segments": portfolio.segments,
        "searches": [
            {
                "name": name,
                "found": len(front.goals),
                "hypervolume": hypervolume(front, portfolio),
                "goals": front.goals[spread(front, _RIVAL_POINTS)].round(),
            }
            for name, front in fronts.items()
        ],
        "portfolios": [
            {
                "point": at,
                "goals": best.goals[at].round(),
                "depth": depth[at].round(3),
                "mailer": mailer[at].round(2),
                "let_in": let_in[at].round(2),
            }
            for at in spread(best, _POINTS)
        ],
    }


def spread(front: ParetoFront, count: int) -> list[int]:
    """Places along the front, evenly by revenue, from the most to the least."""
    order = np.argsort(-front.goals[:, 0])
    return [int(order[at]) for at in np.unique(np.linspace(0, len(order) - 1, count).astype(int))]


@dataclass(frozen=True)
class Point:
    """One portfolio of a front that was written down."""

    point: int
    goals: Sequence[float]
    """Revenue, margin and customers' gain, cents a week."""
    depth: Mapping[str, float]
    """By category, as a share of the price."""
    mailer: Mapping[str, float]
    """By category, as a share of a whole week's place."""
    let_in: Mapping[str, float]
    """By segment, as a share of it."""


def read_point(data: Mapping[str, Any], point: int) -> Point:
    """Find a portfolio in what `front_data` made. Raises StrategyError."""
    known = {int(one["point"]): one for one in data["portfolios"]}
    if point not in known:
        raise StrategyError(
            f"there is no portfolio {point} on the front, which has {len(known)} ({min(known)} to {max(known)})"
        )
    one = known[point]
    return Point(
        point,
        one["goals"],
        dict(zip(data["categories"], one["depth"], strict=True)),
        dict(zip(data["categories"], one["mailer"], strict=True)),
        dict(zip(data["segments"], one["let_in"], strict=True)),
    )


def strategies_of(point: Point, facts: ShopFacts, model: ResponseModel, brief: Brief) -> list[Strategy]:
    """Say a portfolio's discounts as strategies: one for each category and each segment that is let in.

    Each runs as long as the brief's days allow and has the smallest budget of the list that its expected cost fits in.
    """
    length = max(one for one in LENGTHS if one <= brief.days)
    found = []
    for category, depth in point.depth.items():
        if depth < _NO_DISCOUNT:
            continue
        for segment in _segments(point):
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


def plan_of_point(
    point: Point, brief: Brief, facts: ShopFacts, model: ResponseModel, *, plan_id: str, now: datetime
) -> Plan:
    """Make the plan that comes nearest to a portfolio, with a record of what it leaves out.

    Raises StrategyError where nothing of it brings more of the goal than doing nothing.
    """
    candidates = strategies_of(point, facts, model, brief)
    if not candidates:
        raise StrategyError(f"portfolio {point.point} discounts nothing by {_NO_DISCOUNT:.1%} or more: nothing to plan")
    plan = make_plan(brief, candidates, facts, model, plan_id=plan_id, now=now)
    carried = {one.scope: one for one in plan.strategies}
    origin = {
        "point": point.point,
        "goals_cents_a_week": dict(zip(("revenue", "margin", "satisfaction"), point.goals, strict=True)),
        "carried": [
            {"category": name, "asked": point.depth[name], "planned": one.depth_basis_points / 10_000}
            for name, one in carried.items()
        ],
        "left_out": sorted({one.scope for one in candidates} - set(carried)),
        "mailers": sorted(name for name, share in point.mailer.items() if share >= _LET_IN),
    }
    because = f"as portfolio {point.point} of the front asks, as near as a promotion can say it:"
    reasons = [explain(one, facts, model, brief, because=because) for one in plan.strategies]
    return replace(plan, body={**plan.body, "origin": origin, "reasons": reasons})


def _segments(point: Point) -> tuple[str, ...]:
    """The segments that a portfolio lets in; `everyone` where that is all of them, else the one it lets in most."""
    chosen = tuple(name for name, share in point.let_in.items() if share >= _LET_IN)
    if len(chosen) == len(point.let_in):
        return SEGMENTS[:1]
    return chosen or (max(point.let_in, key=lambda name: point.let_in[name]),)


def _with_limits(base: Strategy, cost_cents: float, most: int) -> Strategy:
    """The smallest budget that covers the cost, else the largest that the whole plan has."""
    fitting = [one for one in LIMITS if one[1] <= most] or [LIMITS[0]]
    enough = [one for one in fitting if one[1] >= cost_cents]
    uses, budget = min(enough, key=lambda one: one[1]) if enough else max(fitting, key=lambda one: one[1])
    return replace(base, uses_per_customer=uses, budget_cents=budget)
