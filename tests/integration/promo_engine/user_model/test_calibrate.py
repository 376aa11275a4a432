from __future__ import annotations

import numpy as np
import pytest
import torch

from promo_engine.user_model import LstmCustomerModel
from promo_engine.user_model.model import median_wait
from promo_engine.user_model.stepped_model import moment_of_day
from promo_engine.user_model.training.calibration import calibration_error, platt
from promo_engine.user_model.training.training_rows import Rows
from tests.support.simulated import DAYS, FIRST_DAY, TINY_MODEL, simulated_history


def rows_of(label: np.ndarray) -> Rows:
    count = len(label)
    nothing = np.zeros(count, dtype=np.int64)
    return Rows(
        snapshot=np.arange(count),
        category=nothing,
        step=nothing,
        pair=np.zeros((count, 1), np.float32),
        share=np.zeros(count, np.float32),
        label=label[:, None].astype(np.float32),
        weight=np.ones(count, np.float32),
        customer=np.zeros((count, 1), np.float32),
        count=np.zeros(count),
        seen=np.ones((count, 1), dtype=bool),
    )


def test_the_line_is_found_through_logits_that_are_too_sure() -> None:
    generator = np.random.default_rng(1)
    true = generator.normal(-1.0, 1.5, size=40_000)
    label = generator.random(len(true)) < 1.0 / (1.0 + np.exp(-true))
    logits = torch.from_numpy(2.0 * true + 1.0)[:, None]
    slope, shift = platt([(logits, rows_of(label))], output=0).tolist()
    assert slope == pytest.approx(0.5, abs=0.03)
    assert shift == pytest.approx(-0.5, abs=0.05)


@pytest.mark.parametrize("label", [np.zeros(50, dtype=bool), np.arange(50) < 25])
def test_without_anything_to_learn_from_or_with_a_turned_ranking_nothing_is_moved(label: np.ndarray) -> None:
    turned = torch.arange(50, dtype=torch.float32)[:, None]
    assert platt([(turned, rows_of(label))], output=0).tolist() == [1.0, 0.0]


def test_the_calibration_error_of_known_bins() -> None:
    probability = np.repeat([0.1, 0.6], 50)
    happened = np.concatenate([np.arange(50) < 5, np.arange(50) < 20])
    assert calibration_error(probability, happened, bins=2) == pytest.approx((0.0 + 0.2) / 2)


def test_half_have_bought_by_the_median_wait() -> None:
    horizons = (7.0, 14.0, 28.0)
    half_by_seven = [0.5, 0.5, 0.5]
    steady = [1 - 0.5 ** (days / 10.0) for days in horizons]  # a half-life of ten days
    rare = [1 - 0.5 ** (days / 56.0) for days in horizons]
    sinking = [0.2, 0.1, 0.6]  # a later horizon cannot be less likely: it counts as 0.2
    wait = median_wait(horizons, np.array([half_by_seven, steady, rare, sinking]))
    assert wait[:3] == pytest.approx([7.0, 10.0, 56.0])
    assert 14.0 < wait[3] < 28.0


def test_categories_bought_at_a_quicker_pace_are_expected_sooner(tiny_model: LstmCustomerModel) -> None:
    history = simulated_history()
    day = FIRST_DAY + DAYS
    forecasts = [tiny_model.forecast(state, at=moment_of_day(day)) for state in tiny_model.states(history)]
    gap = np.array([forecast.mean_gap_days for forecast in forecasts])
    wait = np.array([forecast.days_to_purchase for forecast in forecasts])
    quick, slow = np.median(wait[gap < 6]), np.median(wait[np.isfinite(gap) & (gap > 20)])
    assert slow > 2.5 * quick  # 6.8 to 8.4 days and 1.0 to 1.3: 5.4 to 7.8 times as long
    following = np.array([forecast.next_basket_probability for forecast in forecasts])
    assert following.shape == (len(forecasts), TINY_MODEL.category_count)
    assert following[gap < 6].mean() > following[gap > 20].mean() + 0.1  # 0.32 to 0.39 more
