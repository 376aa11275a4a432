from __future__ import annotations

import pytest

from promo_engine.evaluation import LogError
from promo_engine.evaluation.fairness import fairness


def test_groups_are_compared_by_what_they_got() -> None:
    found = fairness(
        ["low", "low", "high", "high", "rare"],
        exposure=[0.2, 0.4, 0.9, 0.7, 1.0],
        value_cents=[0, 100, 200, 200, 900],
        accepted=[False, True, True, True, True],
        at_least=2,
    )
    assert [(group.group, group.decisions) for group in found.groups] == [("low", 2), ("high", 2)]
    low, high = found.groups
    assert (low.exposure, low.value_cents, low.acceptance) == pytest.approx((0.3, 50.0, 0.5))
    assert (high.exposure, high.value_cents, high.acceptance) == pytest.approx((0.8, 200.0, 1.0))
    assert found.exposure_difference == pytest.approx(0.5)
    assert found.exposure_ratio == pytest.approx(0.375)
    assert found.value_difference_cents == pytest.approx(150.0)


@pytest.mark.parametrize("groups", [[], ["a", "a"], ["a", "b"]])
def test_one_group_cannot_be_compared(groups: list[str]) -> None:
    same = [0.5] * len(groups)
    with pytest.raises(LogError, match="no two groups with 2 decisions"):
        fairness(groups, exposure=same, value_cents=same, accepted=[False] * len(groups), at_least=2)
