"""A short form of the policy benchmark: the same worlds, players and figures, on the two smallest sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.policy.policy_regret import PLAYERS, interval, regrets, tied_or_better
from benchmarks.policy.worlds import Classified, classified_sets


@pytest.fixture(scope="module", params=["iris", "wine"])
def played(request: pytest.FixtureRequest) -> dict[str, list[float]]:
    features, labels = classified_sets()[request.param]()
    results: dict[str, list[float]] = {"ours": [], "greedy": [], "uniform": [], "vw_epsilon": []}
    for seed in range(4):
        world = Classified(features, labels, seed=seed)
        for name, regret in regrets(
            world, {result: PLAYERS[result](world, seed) for result in results}, seed=seed
        ).items():
            results[name].append(regret)
    return results


def test_the_serving_policy_learns_and_is_not_worse_than_greedy(played: dict[str, list[float]]) -> None:
    assert np.mean(played["ours"]) < 0.5
    assert np.mean(played["uniform"]) > 0.8
    for rival in ("greedy", "vw_epsilon", "uniform"):
        assert tied_or_better(played["ours"], played[rival]), rival


@pytest.mark.parametrize(
    ("ours", "other", "tied"),
    [
        ([0.1, 0.2, 0.15], [0.3, 0.4, 0.35], True),
        ([0.30, 0.40, 0.36], [0.1, 0.2, 0.15], False),
        ([0.1, 0.5, 0.3], [0.2, 0.3, 0.35], True),  # apart by chance
    ],
)
def test_a_tie_is_what_a_paired_test_does_not_tell_apart(
    ours: Sequence[float], other: Sequence[float], tied: bool
) -> None:
    assert tied_or_better(ours, other) is tied


def test_the_interval_is_student_s() -> None:
    mean, low, high = interval([0.1, 0.2, 0.3])
    assert (mean, low, high) == pytest.approx((0.2, 0.2 - 0.2484, 0.2 + 0.2484), abs=1e-4)
