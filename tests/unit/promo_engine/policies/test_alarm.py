from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from river.drift import ADWIN

from promo_engine.domain.learning.adwin import Adwin
from promo_engine.policies.drift import changes, surprises_since_change


def stream(seed: int) -> list[float]:
    generator = np.random.default_rng(seed)
    numbers = np.concatenate([generator.normal(0, 0.3, 300), generator.normal(0.6, 0.5, 200), generator.random(200)])
    return list(numbers.tolist())


@pytest.mark.parametrize("clock", [1, 32])
@pytest.mark.parametrize("seed", range(5))
def test_windows_are_those_of_rivers_detector(seed: int, clock: int) -> None:
    ours, theirs = Adwin(0.01, clock=clock), ADWIN(delta=0.01, clock=clock)
    changes_found = 0
    for number in stream(seed):
        changed = ours.changes_with(number)
        theirs.update(number)
        assert (changed, ours.width, ours.mean) == (theirs.drift_detected, theirs.width, theirs.estimation)
        changes_found += changed
    assert changes_found > 0


@pytest.mark.parametrize("seed", range(5))
def test_all_changes_at_once_are_those_of_one_number_after_the_other(seed: int) -> None:
    window, expected = Adwin(0.01, clock=1), []
    for index, number in enumerate(stream(seed)):
        before = window.mean
        if window.changes_with(number):
            expected.append((index, window.width, before, window.mean))
    assert expected
    assert list(changes(np.array(stream(seed)), 0.01)) == expected


def test_a_change_is_told_with_how_much_came_after_it_and_learning_is_no_change() -> None:
    generator = np.random.default_rng(1)
    calm, shifted = generator.normal(0.0, 0.2, 400), generator.normal(0.8, 0.2, 60)
    since = surprises_since_change(calm, shifted, delta=0.002)
    assert since is not None
    assert len(shifted) <= since < len(calm) + len(shifted)
    assert surprises_since_change(calm, generator.normal(0.0, 0.2, 60), delta=0.002) is None
    assert surprises_since_change(generator.normal(0.0, 0.6, 400), generator.normal(0.0, 0.1, 60), delta=0.002) is None
    assert surprises_since_change(np.zeros(0), np.zeros(0), delta=0.002) is None


def test_learning_imports_nothing_that_takes_long() -> None:
    """The first reward of a fresh engine is learned between two decisions."""
    heavy = "{'pandas', 'sklearn', 'torch'}"
    code = f"import sys, promo_engine.policies.algorithms.thompson; sys.exit(len({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
