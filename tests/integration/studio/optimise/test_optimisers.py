from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from studio.errors import StrategyError
from studio.optimise.optimisers import SEARCHES, Constraints, Portfolio, hypervolume
from tests.support.small_studio import small_facts, small_response


def portfolio(**changes: Any) -> Portfolio:
    return Portfolio(small_facts(), small_response(), replace(Constraints(5_000), **changes))


@pytest.mark.parametrize("name", SEARCHES)
def test_every_search_keeps_the_constraints_and_beats_doing_nothing(name: str) -> None:
    shop = portfolio()
    pareto_front = SEARCHES[name](shop, evaluations=1_260, seed=1)
    goals, kept = shop.kept(pareto_front.decisions)
    assert kept.all()
    assert goals == pytest.approx(pareto_front.goals)
    better = (goals[:, None, :] >= goals[None, :, :]).all(axis=2) & (goals[:, None, :] > goals[None, :, :]).any(axis=2)
    assert not better.any()
    nothing = shop.pareto_front(np.zeros((1, shop.variables)), evaluations=1)
    assert hypervolume(pareto_front, shop) > hypervolume(nothing, shop)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"budget_cents": 0}, "budget of 0"),
        ({"stock": 0.5}, "sold out"),
        ({"fairness": 2}, "share of 0 to 1"),
        ({"min_margin_cents": 9_000}, "contradict"),
    ],
)
def test_contradictory_constraints_are_refused_with_the_reason(changes: dict[str, float], word: str) -> None:
    with pytest.raises(StrategyError, match=word):
        portfolio(**changes)


def test_constraints_that_only_together_cannot_be_kept_are_refused_too() -> None:
    shop = portfolio(min_margin_cents=4_999)
    with pytest.raises(StrategyError, match="keeps all constraints together"):
        SEARCHES["NSGA-II"](shop, evaluations=500, seed=1)
