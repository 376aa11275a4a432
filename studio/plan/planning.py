"""From a goal, a budget and a calendar to a plan: offers, audience, holdout, pacing, what to expect, when to stop."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from studio.data.shop_facts import ShopFacts
from studio.errors import StrategyError
from studio.generate.strategies import WHOLE_BASKET, Strategy, title_of, to_bodies
from studio.response.response_model import Estimate, ResponseModel
from studio.response.scoring import GOALS, Expected, expect

MAX_PROMOTIONS = 5
MAX_DAYS = 90
_DRAWS = 300
_BASE_RATE = 0.12
"""Share of an audience that buys by the offer: an assumption, from 27 campaigns of a real shop."""
MIN_HOLDOUT, MAX_HOLDOUT = 0.05, 0.5


@dataclass(frozen=True)
class Brief:
    """What is asked for. Raises StrategyError with the reason where nothing could be planned."""

    goal: str
    budget_cents: int
    days: int
    least_lift: float = 0.04
    """The difference in buying customers (share) that the holdout has to be able to show."""
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.goal not in GOALS:
            raise StrategyError(f"goal: {self.goal!r} is not one of {', '.join(GOALS)}")
        if self.budget_cents <= 0:
            raise StrategyError("a budget of 0 leaves nothing to plan: every offer costs something when it is used")
        if not 7 <= self.days <= MAX_DAYS:
            raise StrategyError(f"days: 7 to {MAX_DAYS}, not {self.days}; the shortest offer runs a week")
        if not 0.005 <= self.least_lift <= 0.5:
            raise StrategyError(f"least_lift: 0.005 to 0.5, not {self.least_lift:g}")


@dataclass(frozen=True)
class Holdout:
    """Who is left out so that the effect can be seen."""

    share: float
    customers: int
    power: float
    """Chance to see `least_lift` where it is there, at 5 % false alarms; 0.8 is asked for."""


@dataclass(frozen=True)
class Plan:
    """A plan as it is stored; `body` is what the engine keeps and puts live."""

    plan_id: str
    strategies: tuple[Strategy, ...]
    expected: Expected
    interval_cents: tuple[float, float]
    """95 % of the goal's value, from the uncertainty of the response."""
    holdout: Holdout
    body: Mapping[str, Any]


def make_plan(
    brief: Brief,
    candidates: Sequence[Strategy],
    facts: ShopFacts,
    model: ResponseModel,
    *,
    plan_id: str,
    now: datetime,
    seed: int = 1,
) -> Plan:
    """Pick the best candidates that fit into budget and days, one for each scope, and write everything down.

    Raises StrategyError if no candidate fits, none is worth more than doing nothing, or the shop's data does not say
    what a discount does.
    """
    model.need_price()
    chosen = _choose(brief, candidates, facts, model)
    held = holdout_for(len(_audience(chosen, facts)), least_lift=brief.least_lift)
    expected = _sum([expect(strategy, facts, model) for strategy in chosen], treated=1 - held.share)
    draws = [
        sum(expect(strategy, facts, drawn).value(brief.goal) for strategy in chosen) * (1 - held.share)
        for drawn in _drawn_models(model, chosen, seed)
    ]
    low, high = np.percentile(draws, [2.5, 97.5])
    treated, untreated = _split(chosen, facts, share=held.share, salt=plan_id)
    promotions, offers, audiences = [], [], {}
    for at, strategy in enumerate(chosen):
        segment = f"{plan_id}-{at + 1}"
        audiences[segment] = sorted(facts.customers[strategy.segment] & treated)
        promotion, offer = to_bodies(strategy, facts, promotion_id=segment, now=now, audience=segment, zone=brief.zone)
        promotions.append(promotion)
        offers.append(offer)
    body = {
        "goal": brief.goal,
        "budget_cents": brief.budget_cents,
        "simulated": True,
        "expected": vars(expected),
        "interval_cents": [float(low), float(high)],
        "currency": facts.money.code,
        "history": facts.history,
        "promotions": promotions,
        "offers": offers,
        "audiences": audiences,
        "holdout": vars(held) | {"customer_ids": sorted(untreated)},
        "pacing": _pacing(chosen, facts, model, now),
        "stop_rules": {"min_acceptance": 0.01, "look": "any time"},
        "reasons": [explain(strategy, facts, model, brief) for strategy in chosen],
    }
    return Plan(plan_id, chosen, expected, (float(low), float(high)), held, body)


def holdout_for(customers: int, *, least_lift: float, power: float = 0.8) -> Holdout:
    """Find the smallest share of customers to hold out that shows `least_lift` with this power; else the best half.

    Raises StrategyError for fewer than 20 customers: nobody could be held out and nothing be learned.
    """
    if customers < 20:
        raise StrategyError(f"an audience of {customers} is too small: with fewer than 20 no effect could ever be seen")
    effect = proportion_effectsize(min(_BASE_RATE + least_lift, 0.99), _BASE_RATE)
    reached = 0.0
    for percent in range(int(100 * MIN_HOLDOUT), int(100 * MAX_HOLDOUT) + 1):
        held = max(1, customers * percent // 100)
        ratio = (customers - held) / held
        reached = float(NormalIndPower().power(effect, nobs1=held, alpha=0.05, ratio=ratio, alternative="two-sided"))
        if reached >= power:
            break
    return Holdout(percent / 100, held, reached)


def explain(
    strategy: Strategy, facts: ShopFacts, model: ResponseModel, brief: Brief, *, because: str | None = None
) -> str:
    """Say in words why this segment, this price and this time; `because` stands in for being the best of all tried."""
    because = because or f"because of all segments and times tried it brings the most {brief.goal} for its cost:"
    estimate = model.estimate(strategy.scope, "price") if strategy.scope != WHOLE_BASKET else None
    elasticity = model.pooled["price"].mean if estimate is None else estimate.mean
    answer = "answers strongly to price" if elasticity < -1.5 else "answers moderately to price"
    known = "" if estimate is None or estimate.raw is not None else " (known from other categories only)"
    found = expect(strategy, facts, model)
    size, words = facts.size(strategy.segment), facts.money.words
    return (
        f"{title_of(strategy, facts)}: {strategy.scope.lower()} {answer}{known}: 1 % off sells "
        f"{-elasticity:.1f} % more. "
        f"For {strategy.segment} customers ({size:,} customers), {strategy.days}, {strategy.length_days} days, "
        f"{because} {words(found.value(brief.goal))} of {brief.goal} expected, "
        f"{words(found.cost_cents)} given away of at most {words(strategy.budget_cents, whole=True)}."
    )


def _choose(
    brief: Brief, candidates: Sequence[Strategy], facts: ShopFacts, model: ResponseModel
) -> tuple[Strategy, ...]:
    fitting = [
        candidate
        for candidate in candidates
        if candidate.budget_cents <= brief.budget_cents and candidate.start_day + candidate.length_days <= brief.days
    ]
    if not fitting:
        raise StrategyError(
            f"no strategy fits into {facts.money.words(brief.budget_cents)} and {brief.days} days; allow more of either"
        )
    scored = sorted(
        ((expect(strategy, facts, model).value(brief.goal), strategy) for strategy in fitting), key=lambda x: -x[0]
    )
    if scored[0][0] <= 0:
        raise StrategyError(
            f"no strategy that fits is expected to bring more {brief.goal} than doing nothing; "
            f"the best would bring {facts.money.words(scored[0][0])}"
        )
    chosen: list[Strategy] = []
    left = brief.budget_cents
    for value, strategy in scored:
        if value > 0 and strategy.budget_cents <= left and strategy.scope not in {other.scope for other in chosen}:
            chosen.append(strategy)
            left -= strategy.budget_cents
        if len(chosen) == MAX_PROMOTIONS:
            break
    return tuple(chosen)


def _audience(chosen: Sequence[Strategy], facts: ShopFacts) -> frozenset[str]:
    return frozenset().union(*(facts.customers[strategy.segment] for strategy in chosen))


def _split(
    chosen: Sequence[Strategy], facts: ShopFacts, *, share: float, salt: str
) -> tuple[frozenset[str], frozenset[str]]:
    """Part the audience by a hash of plan and customer, so that the same plan always parts it the same way."""
    audience = _audience(chosen, facts)
    ranked = sorted(audience, key=lambda customer: hashlib.sha256(f"{salt}/{customer}".encode()).digest())
    held = max(1, int(len(ranked) * share))
    return frozenset(ranked[held:]), frozenset(ranked[:held])


def _sum(parts: Sequence[Expected], *, treated: float) -> Expected:
    names = ("revenue_cents", "margin_cents", "satisfaction_cents", "cost_cents")
    return Expected(**{name: treated * sum(getattr(part, name) for part in parts) for name in names})


def _drawn_models(model: ResponseModel, chosen: Sequence[Strategy], seed: int) -> list[ResponseModel]:
    generator = np.random.default_rng(seed)
    models = []
    for _ in range(_DRAWS):
        drawn = {}
        for scope in {strategy.scope for strategy in chosen}:
            estimate = model.estimate(scope, "price")
            drawn[scope] = {
                "price": Estimate(
                    estimate.raw, estimate.raw_error, generator.normal(estimate.mean, estimate.error), estimate.error
                )
            }
        models.append(ResponseModel(drawn, model.pooled, model.control))
    return models


def _pacing(chosen: Sequence[Strategy], facts: ShopFacts, model: ResponseModel, now: datetime) -> list[dict[str, Any]]:
    """What each week is expected to cost, in cents; the engine's own pacing keeps to the promotions' budgets."""
    weeks: dict[int, float] = {}
    for strategy in chosen:
        cost = expect(strategy, facts, model).cost_cents
        for day in range(strategy.start_day, strategy.start_day + strategy.length_days):
            weeks[day // 7] = weeks.get(day // 7, 0.0) + cost / strategy.length_days
    return [
        {"from": (now + timedelta(weeks=week)).date().isoformat(), "cost_cents": round(cost)}
        for week, cost in sorted(weeks.items())
    ]
