"""Answers known by hand, and agreement with the Open Bandit Pipeline on its own rows."""

import warnings
from typing import Any

import numpy as np
import pytest

from promo_engine.evaluation import (
    LogError,
    RewardLog,
    clipped_ips,
    direct_method,
    doubly_robust,
    dr_os,
    ips,
    snips,
    switch_dr,
)

warnings.filterwarnings("ignore", module="obp")

# Weights 2, 0.5, 4, 0; weight x reward 2, 0, 4, 0.
LOG = RewardLog.of(
    rewards=[1.0, 0.0, 1.0, 1.0],
    propensities=[0.5, 0.5, 0.125, 0.25],
    target=[1.0, 0.25, 0.5, 0.0],
    expected=[0.5, 0.5, 0.25, 0.75],
    expected_of_target=[0.5, 0.25, 0.5, 0.75],
)


def test_ips_is_the_mean_of_weighted_rewards() -> None:
    estimate = ips(LOG)
    assert estimate.value == 6.0 / 4.0
    assert estimate.standard_error == pytest.approx(np.std([2.0, 0.0, 4.0, 0.0], ddof=1) / 2.0)
    assert estimate.effective_sample_size == pytest.approx(6.5**2 / 20.25)
    assert estimate.rows == 4


def test_clipping_cuts_the_largest_weight() -> None:
    assert clipped_ips(LOG, largest_weight=3.0).value == 5.0 / 4.0
    assert clipped_ips(LOG, largest_weight=100.0) == ips(LOG)


def test_snips_divides_by_the_weights() -> None:
    estimate = snips(LOG)
    assert estimate.value == pytest.approx(6.0 / 6.5)
    left = 1.0 - 6.0 / 6.5
    assert estimate.standard_error == pytest.approx(np.hypot(np.hypot(2 * left, 0.5 * 6 / 6.5), 4 * left) / 6.5)


def test_the_direct_method_believes_the_model() -> None:
    assert direct_method(LOG).value == 2.0 / 4.0
    assert direct_method(LOG).effective_sample_size == 4.0


def test_doubly_robust_corrects_the_model() -> None:
    # 0.5 + 2 x 0.5, 0.25 - 0.5 x 0.5, 0.5 + 4 x 0.75, 0.75 + 0
    assert doubly_robust(LOG).value == (1.5 + 0.0 + 3.5 + 0.75) / 4.0


def test_switching_believes_the_model_where_a_weight_is_large() -> None:
    assert switch_dr(LOG, largest_weight=2.0).value == (1.5 + 0.0 + 0.5 + 0.75) / 4.0
    assert switch_dr(LOG, largest_weight=0.0).value == direct_method(LOG).value
    assert switch_dr(LOG, largest_weight=4.0) == doubly_robust(LOG)


def test_shrinkage_lies_between_the_direct_method_and_doubly_robust() -> None:
    # w -> 4 w / (w^2 + 4): 1, 0.5 / 1.0625, 0.8, 0
    assert dr_os(LOG, shrinkage=4.0).value == pytest.approx((1.0 + 0.25 - 0.25 / 1.0625 + 0.5 + 0.6 + 0.75) / 4.0)
    assert dr_os(LOG, shrinkage=0.0).value == direct_method(LOG).value
    assert dr_os(LOG, shrinkage=np.inf) == doubly_robust(LOG)


def test_ips_is_unbiased_and_snips_stays_in_the_rewards_range() -> None:
    generator = np.random.default_rng(5)
    rows = 200_000
    chance, judged, pays = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.3, 0.6]), np.array([0.1, 0.2, 0.4])
    action = generator.choice(3, size=rows, p=chance)
    reward = (generator.random(rows) < pays[action]).astype(float)
    log = RewardLog.of(rewards=reward, propensities=chance[action], target=judged[action])
    for estimate in (ips(log), snips(log)):
        assert abs(estimate.value - judged @ pays) < 4 * estimate.standard_error < 0.02
    assert 1_000 < ips(log).effective_sample_size < rows


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rewards": [], "propensities": [], "target": []}, "the log is empty"),
        ({"rewards": [1.0, float("nan")]}, "rewards: nan in row 1 is not a finite number"),
        ({"rewards": [1.0, float("inf")]}, "rewards: inf in row 1"),
        ({"propensities": [0.5, 0.0]}, "propensities: 0.0 in row 1 is not above 0"),
        ({"propensities": [1.5, 0.5]}, "propensities: 1.5 in row 0 is above 1"),
        ({"target": [0.5, -0.1]}, "target: -0.1 in row 1 is not between 0 and 1"),
        ({"target": [0.5]}, "target: one number a row is needed, 2 rows"),
        ({"expected": [0.5, 0.5]}, "one of them is missing"),
        ({"expected": [0.5, float("nan")], "expected_of_target": [0.5, 0.5]}, "expected: nan in row 1"),
    ],
)
def test_a_log_that_cannot_be_judged_is_refused_with_its_row(changes: dict[str, Any], words: str) -> None:
    columns: dict[str, Any] = {"rewards": [1.0, 0.0], "propensities": [0.5, 0.5], "target": [0.5, 0.5]}
    with pytest.raises(LogError, match=words):
        RewardLog.of(**columns | changes)


def test_what_an_estimator_cannot_do_is_refused() -> None:
    plain = RewardLog.of(rewards=[1.0], propensities=[0.5], target=[0.0])
    for estimator in (direct_method, doubly_robust):
        with pytest.raises(LogError, match="needs a reward model"):
            estimator(plain)
    with pytest.raises(LogError, match="none of the logged actions"):
        snips(plain)
    assert ips(plain).effective_sample_size == 0.0
    with pytest.raises(ValueError, match="largest_weight"):
        clipped_ips(plain, largest_weight=0.0)
    with pytest.raises(ValueError, match="largest_weight"):
        switch_dr(LOG, largest_weight=float("nan"))
    with pytest.raises(ValueError, match="shrinkage"):
        dr_os(LOG, shrinkage=-1.0)
