from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from studio.data.sales_history import Calendar
from studio.forecast.combination import half_widths, intervals, member_weights, with_combination
from studio.forecast.rolling import Played
from studio.forecast.weekly_panel import INPUTS, Panel, feast_days
from studio.forecast.windows import training_windows

HORIZON = 3


def a_panel(*, weeks: int = 34) -> Panel:
    """Six categories around fixed levels, one with zero weeks and one that fell asleep."""
    generator = np.random.default_rng(3)
    units = generator.poisson(np.array([5, 20, 80, 200, 3, 10])[:, None], (6, weeks)).astype(np.float64)
    units[1, 20] = 0.0
    units[5, -14:] = 0.0
    inputs = generator.random((6, weeks + HORIZON, len(INPUTS)))
    return Panel(tuple("ABCDEF"), 2, units, inputs, Calendar(pd.Timestamp("2016-12-26"), weeks + 1))


def test_training_windows_hold_no_week_that_is_not_known() -> None:
    known = a_panel().known_at(30, horizon=HORIZON)
    windows = training_windows(known)
    last = windows.target[-6:]  # the six categories' windows that end one week before the last
    assert np.isfinite(last[:, 0]).all()
    assert np.isnan(last[:, 1:]).all()
    back = windows.demand(windows.target)[-6:, 0]
    np.testing.assert_allclose(back, known.units[:, -1], atol=1e-9)


def a_play() -> Played:
    """Two models around the truth, one of them twice as wrong."""
    generator = np.random.default_rng(5)
    actual = generator.poisson(50, (8, 40, 2)).astype(np.float64)
    noise = generator.normal(0, 5, actual.shape)
    forecasts = {"good": actual + noise, "bad": actual - 2 * noise}
    return Played(tuple(range(10, 26, 2)), forecasts, actual, np.full((8, 40), 7.0))


def test_the_better_model_weighs_more_and_the_future_is_not_asked() -> None:
    played = a_play()
    assert member_weights(played, ("good", "bad"), origin=0) == {"good": 0.5, "bad": 0.5}
    weights = member_weights(played, ("good", "bad"), origin=4)
    assert weights["good"] == pytest.approx(16 / 17)
    spoiled = played.actual.copy()
    spoiled[4:] = 1e6
    spoiled[3, :, 1] = 2e6  # two weeks after week 16 comes week 18, the origin itself: known
    changed = member_weights(replace(played, actual=spoiled), ("good", "bad"), origin=4)
    assert changed != weights
    spoiled[3] = played.actual[3]
    assert member_weights(replace(played, actual=spoiled), ("good", "bad"), origin=4) == weights


def test_conformal_intervals_cover_and_too_few_errors_are_refused() -> None:
    played = with_combination(a_play(), ("good", "bad"))
    low, high = intervals(played, origin=7, coverage=0.9)
    inside = (played.actual[7] >= low) & (played.actual[7] <= high)
    # 80 cases: between two and a half deviations below and above.
    assert 0.81 <= inside.mean() <= 0.985
    assert (half_widths(played, origin=7, coverage=0.5) < half_widths(played, origin=7, coverage=0.9)).all()
    with pytest.raises(ValueError, match="too few for intervals"):
        half_widths(played, origin=0, coverage=0.9)


def test_mase_and_smape_of_a_known_case() -> None:
    actual = np.array([[[10.0, np.nan]]])
    played = Played((5,), {"m": np.array([[[14.0, 3.0]]])}, actual, np.array([[2.0]]))
    assert played.mase("m") == 2.0
    assert played.smape("m") == pytest.approx(200 * 4 / 24)


def test_feasts_of_2017() -> None:
    feasts = feast_days("US", 2017, 2017)
    assert feasts[pd.Timestamp("2017-04-16").date()] == "Easter"
    assert feasts[pd.Timestamp("2017-11-23").date()] == "Thanksgiving Day"
    assert feast_days("DE", 2017, 2017)[pd.Timestamp("2017-10-03").date()] == "German Unity Day"
    assert feast_days("", 2017, 2017) == {}, "nobody says where the shop is"
