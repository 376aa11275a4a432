from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from studio.errors import StrategyError, TooLittleHistory
from studio.forecast.demand_forecast import Outlook
from studio.forecast.weekly_panel import INPUTS, Panel
from studio.plan.staffing import ServiceGoal, agents_needed, hourly_forecast, staffing, waiting_probability
from studio.plan.stock import ReorderRules, pieces_per_line, reorder


def an_outlook() -> Outlook:
    panel = Panel(("MILK", "SOAP"), 2, np.zeros((2, 30)), np.zeros((2, 34, len(INPUTS))))
    middle = np.array([[100.0] * 4, [0.0] * 4])
    half = np.array([[16.449] * 4, [0.0] * 4])  # a deviation of ten lines at 90 %
    return Outlook(panel, (32, 33, 34, 35), middle, np.maximum(middle - half, 0), middle + half, 0.9, {}, {})


def test_an_order_covers_lead_and_review_with_safety() -> None:
    table = reorder(an_outlook(), {"MILK": 2.0}, ReorderRules(), on_hand={"MILK": 50.0}).set_index("category")
    assert table.loc["MILK", "expected"] == 400
    assert table.loc["MILK", "safety"] == pytest.approx(1.645 * np.sqrt(200) * 2, rel=1e-3)
    assert table.loc["MILK", "order"] == 397
    assert table.loc["SOAP", "order"] == 0, "weeks of zeros ask for nothing"
    full = reorder(an_outlook(), {}, ReorderRules(), on_hand={"MILK": 1e6})
    assert full["order"].tolist() == [0, 0]


@pytest.mark.parametrize(
    "wrong", [{"lead_weeks": -1}, {"review_weeks": 0}, {"service": 1.0}, {"service": float("nan")}]
)
def test_senseless_rules_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(StrategyError):
        ReorderRules(**wrong)  # type: ignore[arg-type]


def test_stock_that_cannot_be_is_refused() -> None:
    with pytest.raises(StrategyError, match="5 are to be covered"):
        reorder(an_outlook(), {}, ReorderRules(lead_weeks=4))
    for stock in ({"HORSES": 1.0}, {"MILK": -1.0}, {"MILK": float("nan")}):
        with pytest.raises(StrategyError, match="stock of"):
            reorder(an_outlook(), {}, ReorderRules(), on_hand=stock)


def test_pieces_of_a_line() -> None:
    lines = pd.DataFrame({"category": ["MILK", "MILK", None], "pieces": [1, 3, 9]})
    assert pieces_per_line(lines) == {"MILK": 2.0}


def test_erlang_c_of_known_cases() -> None:
    # One agent is an M/M/1 queue, which waits as often as the agent is busy; two: C(2, 1) = 1/3.
    assert waiting_probability(0.7, 1) == pytest.approx(0.7)
    assert waiting_probability(1.0, 2) == pytest.approx(1 / 3)
    assert waiting_probability(3.0, 3) == 1.0
    assert waiting_probability(0.0, 3) == 0.0
    # The often-told example: 100 calls in half an hour of 3 minutes each, 80 % within 20 s, takes 14 agents.
    goal = ServiceGoal(handling_s=180.0, answered_within_s=20.0, occupied_at_most=0.99)
    assert agents_needed(200.0, goal) == 14


def test_erlang_c_agrees_with_a_simulated_queue() -> None:
    generator = np.random.default_rng(9)
    rate, handling, agents = 40.0 / 3600, 360.0, 5
    free, now, waits = np.zeros(agents), 0.0, []
    for _ in range(40_000):
        now += generator.exponential(1 / rate)
        soonest = int(np.argmin(free))
        waits.append(max(free[soonest] - now, 0.0))
        free[soonest] = now + waits[-1] + generator.exponential(handling)
    assert np.mean(np.array(waits) > 0) == pytest.approx(waiting_probability(rate * handling, agents), abs=0.04)


def test_no_chats_need_nobody_and_nonsense_is_refused() -> None:
    assert agents_needed(0.0, ServiceGoal()) == 0
    for wrong in (-1.0, float("inf"), float("nan")):
        with pytest.raises(StrategyError):
            agents_needed(wrong, ServiceGoal())
    with pytest.raises(StrategyError):
        ServiceGoal(handling_s=0)
    with pytest.raises(StrategyError):
        ServiceGoal(answered_share=1.0)


def test_the_forecast_has_the_shape_of_the_week() -> None:
    generator = np.random.default_rng(1)
    monday, moments = pd.Timestamp("2026-01-05"), []
    for week in range(6):
        for hour in range(168):
            rate = 20.0 if hour % 24 == 12 else 2.0
            count = generator.poisson(rate)
            moments += [
                monday + pd.Timedelta(weeks=week, hours=hour, minutes=float(m)) for m in generator.random(count) * 60
            ]
    forecast = hourly_forecast(pd.Series(moments))
    assert forecast["expected"].sum() == pytest.approx(7 * (20 + 23 * 2), rel=0.1)
    assert set(forecast.nlargest(7, "expected")["hour"] % 24) == {12}
    assert (forecast["high"] >= forecast["expected"]).all()
    table = staffing(forecast, ServiceGoal())
    assert table.query("clock == 12")["agents"].min() > table.query("clock == 3")["agents"].max()
    with pytest.raises(TooLittleHistory, match="whole weeks"):
        hourly_forecast(pd.Series(moments[:200]))
    with pytest.raises(TooLittleHistory):
        hourly_forecast(pd.Series([], dtype="datetime64[ns]"))
