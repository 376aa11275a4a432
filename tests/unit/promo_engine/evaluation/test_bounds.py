"""The bounds' known answers, and how often they hold: at every time of a run, in 400 runs of each kind."""

import numpy as np
import pytest

from promo_engine.evaluation import (
    LogError,
    RewardLog,
    bernstein_lower,
    bernstein_upper,
    betting_lower,
    betting_upper,
    value_bounds,
)
from tests.support.bound_coverage import SCENARIOS, coverage

ALPHA = 0.05


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_bounds_hold_at_all_times_together(scenario: str) -> None:
    held = coverage(scenario, runs=400, rows=250, alpha=ALPHA, seed=11)
    for bound, share in held.items():
        assert share >= 1 - ALPHA, bound


def test_a_bound_that_is_too_eager_is_seen() -> None:
    """The simulation can fail: fixed-time intervals looked at after every row do not hold together."""
    assert coverage("coin_10", runs=400, rows=250, alpha=ALPHA, seed=11, naive=True)["naive"] < 0.9


def test_bounds_close_in_on_the_mean() -> None:
    numbers = (np.random.default_rng(3).random(20_000) < 0.3).astype(float)
    for lower, upper in (
        (betting_lower(numbers, alpha=ALPHA), betting_upper(numbers, alpha=ALPHA)),
        (bernstein_lower(numbers, alpha=ALPHA)[-1], bernstein_upper(numbers, alpha=ALPHA)[-1]),
    ):
        assert 0.27 < lower < numbers.mean() < upper < 0.33


def test_betting_is_the_narrower_one() -> None:
    numbers = (np.random.default_rng(3).random((20, 1_000)) < 0.1).astype(float)
    assert (betting_lower(numbers, alpha=ALPHA) >= bernstein_lower(numbers, alpha=ALPHA)[:, -1]).mean() > 0.9


def test_one_row_proves_nothing_and_only_ones_prove_much() -> None:
    assert betting_lower(np.zeros(50), alpha=ALPHA) == 0.0
    assert bernstein_lower(np.zeros(50), alpha=ALPHA)[-1] == 0.0
    # After one win the boldest has 1 + 0.8 (1 / m - 1), all of them less: 20 needs an m below 0.8 / 19.8.
    assert 0.0 < betting_lower(np.ones(1), alpha=ALPHA) < 0.8 / 19.8
    assert betting_lower(np.ones(2_000), alpha=ALPHA) > 0.99


def test_later_rows_never_widen_a_bound() -> None:
    numbers = np.random.default_rng(4).random(300)
    bounds = bernstein_lower(numbers, alpha=ALPHA)
    assert (np.diff(bounds) >= 0).all()
    betting = [float(betting_lower(numbers[:rows], alpha=ALPHA)) for rows in range(10, 300, 10)]
    assert (np.diff(betting) >= -1e-9).all()
    assert bounds[-1] == pytest.approx(bernstein_lower(numbers[None], alpha=ALPHA)[0, -1])


def test_a_policys_value_lies_between_its_bounds_whatever_the_weights() -> None:
    generator = np.random.default_rng(9)
    rare = generator.random(4_000) < 0.01
    reward = (generator.random(4_000) < np.where(rare, 0.6, 0.1)).astype(float)
    log = RewardLog.of(rewards=reward, propensities=np.where(rare, 0.01, 0.99), target=np.where(rare, 0.2, 0.8))
    lower, upper = value_bounds(log, alpha=ALPHA)
    assert 0.05 < lower < 0.2 * 0.6 + 0.8 * 0.1 < upper < 1.0


def test_what_cannot_be_bounded_is_refused() -> None:
    with pytest.raises(LogError, match="between 0 and 1"):
        value_bounds(RewardLog.of(rewards=[0.5, 2.0], propensities=[1, 1], target=[1, 1]), alpha=ALPHA)
    for numbers in (np.array([0.5, np.nan]), np.array([-0.1]), np.array([np.inf])):
        with pytest.raises(LogError, match="finite numbers of 0 or more"):
            betting_lower(numbers, alpha=ALPHA)
    with pytest.raises(LogError, match="empty"):
        bernstein_lower(np.array([]), alpha=ALPHA)
    with pytest.raises(LogError, match="alpha"):
        betting_lower(np.ones(3), alpha=1.0)
    for upper in (betting_upper, bernstein_upper):
        with pytest.raises(LogError, match="1 at most"):
            upper(np.array([0.5, 1.5]), alpha=ALPHA)
