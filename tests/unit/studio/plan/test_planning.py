from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from studio.errors import StrategyError
from studio.generate.strategies import Strategy
from studio.plan.planning import Brief, holdout_for, make_plan
from tests.support.small_studio import small_facts, small_response

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def strategy(**changes: Any) -> Strategy:
    fields: dict[str, Any] = {
        "kind": "percentage", "depth_basis_points": 1000, "scope": "COFFEE", "segment": "everyone", "start_day": 0,
        "length_days": 14, "days": "every day", "channel": "any", "uses_per_customer": 1, "budget_cents": 50_000,
    }  # fmt: skip
    return Strategy(**fields | changes)


def test_a_plan_keeps_to_its_budget_holds_customers_out_and_says_why() -> None:
    candidates = [strategy(), strategy(segment="loyal"), strategy(scope="SOFT DRINKS", uses_per_customer=2)]
    plan = make_plan(Brief("revenue", 60_000, 28), candidates, small_facts(), small_response(), plan_id="p", now=NOW)
    assert [strategy.scope for strategy in plan.strategies] == ["COFFEE"]
    low, high = plan.interval_cents
    assert low < plan.expected.revenue_cents < high
    (audience,) = plan.body["audiences"].values()
    held = plan.body["holdout"]["customer_ids"]
    assert len(audience) + len(held) == 40
    assert set(audience).isdisjoint(held)
    assert "answers strongly to price" in plan.body["reasons"][0]
    assert sum(week["cost_cents"] for week in plan.body["pacing"]) <= 60_000


def test_the_holdout_is_the_smallest_with_the_power_asked_for() -> None:
    found = holdout_for(20_000, least_lift=0.03)
    assert found.power >= 0.8
    effect, smaller = proportion_effectsize(0.15, 0.12), found.customers - 200
    power = NormalIndPower().power(effect, smaller, 0.05, ratio=(20_000 - smaller) / smaller)
    assert power < 0.8 or found.share == 0.05


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"goal": "fame"}, "goal"),
        ({"budget_cents": 0}, "budget of 0"),
        ({"days": 1}, "shortest offer"),
    ],
)
def test_a_brief_that_cannot_be_met_is_refused_with_the_reason(change: dict[str, Any], word: str) -> None:
    with pytest.raises(StrategyError, match=word):
        replace(Brief("revenue", 100_000, 28), **change)


def test_nothing_that_pays_or_nobody_to_compare_is_refused_too() -> None:
    facts, model = small_facts(), small_response()
    with pytest.raises(StrategyError, match="no strategy fits"):
        make_plan(Brief("revenue", 100, 28), [strategy()], facts, model, plan_id="p", now=NOW)
    with pytest.raises(StrategyError, match="more margin than doing nothing"):
        make_plan(Brief("margin", 60_000, 28), [strategy()], facts, model, plan_id="p", now=NOW)
    with pytest.raises(StrategyError, match="audience of 1 is too small"):
        make_plan(Brief("revenue", 60_000, 28), [strategy()], small_facts(customers=1), model, plan_id="p", now=NOW)
