from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from studio.errors import StrategyError, TooLittleHistory
from studio.plan.staffing import ServiceGoal, agents_needed, hourly_forecast, staffing, waiting_probability


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
