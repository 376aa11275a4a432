"""From the front of a small shop to a plan of one of its points."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from studio.data.shop_facts import SEGMENTS
from studio.errors import StrategyError
from studio.generate.strategies import DEPTHS
from studio.optimise.optimisers import SEARCHES, Constraints, Portfolio
from studio.optimise.pareto_front import pareto_front_data, plan_of_portfolio, read_portfolio, strategies_of
from studio.plan.planning import Brief
from studio.report.html_report import plain
from tests.support.small_studio import small_facts, small_response

NOW = datetime(2026, 11, 26, tzinfo=UTC)
BRIEF = Brief("revenue", 60_000, 28)


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    portfolio = Portfolio(small_facts(), small_response(), Constraints(50_000))
    pareto_fronts = {name: search(portfolio, evaluations=1_000, seed=1) for name, search in SEARCHES.items()}
    found: dict[str, Any] = plain(pareto_front_data(portfolio, pareto_fronts))
    return found


def a_portfolio(**changes: object) -> dict[str, Any]:
    """Data with one portfolio made by hand."""
    fields: dict[str, Any] = {"point": 7, "goals": [1, 2, 3], "depth": [0.26, 0.01]}
    portfolio = fields | {"let_in": [0.9, 0.2, 0.8, 0.1]} | changes
    return {"categories": ["COFFEE", "SOFT DRINKS"], "segments": list(SEGMENTS[1:]), "portfolios": [portfolio]}


def test_the_written_pareto_front_goes_from_most_revenue_to_least_and_each_of_its_portfolios_can_be_found(
    data: dict[str, Any],
) -> None:
    revenues = [portfolio["goals"][0] for portfolio in data["portfolios"]]
    assert revenues == sorted(revenues, reverse=True)
    assert {portfolio["name"] for portfolio in data["searches"]} == set(SEARCHES)
    for portfolio in data["portfolios"]:
        assert read_portfolio(data, portfolio["point"]).goals == portfolio["goals"]
    with pytest.raises(StrategyError, match="no portfolio 99999"):
        read_portfolio(data, 99_999)


def test_a_point_becomes_the_nearest_promotions_for_the_segments_it_lets_in() -> None:
    found = strategies_of(read_portfolio(a_portfolio(), 7), small_facts(), small_response(), BRIEF)
    assert [(strategy.scope, strategy.segment, strategy.depth_basis_points) for strategy in found] == [
        ("COFFEE", "loyal", 2_500),
        ("COFFEE", "occasional", 2_500),
    ]
    everyone = strategies_of(
        read_portfolio(a_portfolio(let_in=[1, 1, 1, 1]), 7), small_facts(), small_response(), BRIEF
    )
    assert [strategy.segment for strategy in everyone] == ["everyone"]
    nobody = strategies_of(
        read_portfolio(a_portfolio(let_in=[0, 0.1, 0, 0]), 7), small_facts(), small_response(), BRIEF
    )
    assert [strategy.segment for strategy in nobody] == ["regular"], "the segment that is included most"
    assert all(strategy.budget_cents <= BRIEF.budget_cents for strategy in found)


def test_a_plan_of_a_point_says_what_it_carries_and_what_it_leaves_out() -> None:
    chosen = read_portfolio(a_portfolio(depth=[0.39, 0.2], let_in=[1, 1, 1, 1]), 7)
    plan = plan_of_portfolio(chosen, BRIEF, small_facts(), small_response(), plan_id="p", now=NOW)
    origin = plan.body["origin"]
    assert origin["point"] == 7
    assert origin["carried"][0] == {"category": "COFFEE", "asked": 0.39, "planned": DEPTHS[-1] / 10_000}
    assert [row["category"] for row in origin["carried"]] + origin["left_out"] == ["COFFEE", "SOFT DRINKS"]
    assert "as portfolio 7 of the Pareto front asks" in plan.body["reasons"][0]


def test_a_point_of_which_nothing_is_worth_planning_is_refused() -> None:
    with pytest.raises(StrategyError, match="discounts nothing"):
        plan_of_portfolio(
            read_portfolio(a_portfolio(depth=[0.02, 0.0]), 7),
            BRIEF,
            small_facts(),
            small_response(),
            plan_id="p",
            now=NOW,
        )
    with pytest.raises(StrategyError, match="more margin than doing nothing"):
        plan_of_portfolio(
            read_portfolio(a_portfolio(), 7),
            Brief("margin", 60_000, 28),
            small_facts(),
            small_response(),
            plan_id="p",
            now=NOW,
        )
