"""What the studio says of prices and plans, beside what is true of the simulated shop.

A plan's true value is what the same offers bring with the true elasticities. What a plan assumes beside them (how many
purchases follow a chat, what a kind of benefit is worth beside a percentage) is the same on both sides and not tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from benchmarks.truth.findings import Finding
from studio.data.sales_history import SalesHistory
from studio.data.shop_facts import ShopFacts, read_facts
from studio.errors import StrategyError
from studio.generate.strategies import Grammar, Strategy
from studio.plan.planning import Brief, make_plan
from studio.response.product_panel import read_panel
from studio.response.response_model import Estimate, Pooled, ResponseModel, fit_response
from studio.response.scoring import expect

_CANDIDATES = 1_500
_BRIEF = Brief("revenue", 200_000, 28)
_NOW = datetime(2026, 11, 2, tzinfo=UTC)


def judge_elasticities(history: SalesHistory, truth: Mapping[str, float]) -> tuple[list[Finding], ResponseModel]:
    """Of every category its own estimate and the shrunk one, and the mean of all."""
    model = fit_response(read_panel(history))
    found = []
    for name, true in truth.items():
        estimate = model.by_category.get(name, {}).get("price")
        if estimate is None:
            continue
        if estimate.raw is not None:
            found.append(Finding("elasticity", "own", name, true, estimate.raw, estimate.raw_error))
        found.append(Finding("elasticity", "shrunk", name, true, estimate.mean, estimate.error))
    pooled = model.pooled["price"]
    if pooled.known:
        mean = float(np.mean(list(truth.values())))
        found.append(Finding("elasticity", "mean of all categories", "all", mean, pooled.mean, pooled.error))
    return found, model


def judge_plans(
    history: SalesHistory, model: ResponseModel, truth: Mapping[str, float], *, seed: int
) -> tuple[list[Finding], float | None]:
    """The forecast of a plan beside its true value, and the share of value lost beside a plan that knows the truth."""
    facts = read_facts(history)
    grammar = Grammar(facts.categories, frozenset(facts.bundles))
    generator = np.random.default_rng(seed)
    candidates = [grammar.read(grammar.draw(generator)) for _ in range(_CANDIDATES)]
    true = true_model(model, truth)
    try:
        plan = make_plan(_BRIEF, candidates, facts, model, plan_id="p", now=_NOW)
        best = make_plan(_BRIEF, candidates, facts, true, plan_id="p", now=_NOW)
    except StrategyError:
        return [], None
    share = 1 - plan.holdout.share
    worth = share * _value(plan.strategies, facts, true)
    reached = (1 - best.holdout.share) * _value(best.strategies, facts, true)
    finding = Finding(
        "plan", "expected revenue, cents", "plan", worth, plan.expected.revenue_cents, None, plan.interval_cents
    )
    return [finding], 1 - worth / reached


def true_model(model: ResponseModel, truth: Mapping[str, float]) -> ResponseModel:
    """The same with the true elasticities, as sure as can be."""
    known = {name: {"price": Estimate(value, 1e-6, value, 1e-6)} for name, value in truth.items()}
    mean = float(np.mean(list(truth.values())))
    return replace(model, by_category=known, pooled={**model.pooled, "price": Pooled(mean, 1e-6, 0.0, len(truth))})


def _value(strategies: tuple[Strategy, ...], facts: ShopFacts, model: ResponseModel) -> float:
    return sum(expect(strategy, facts, model).revenue_cents for strategy in strategies)
