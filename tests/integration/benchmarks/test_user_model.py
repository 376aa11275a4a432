"""The user model's benchmark: its cases, its measures, and its cold start, on a small simulated shop."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.user_model.cold_starts import only_latest
from benchmarks.user_model.rivals import counts
from benchmarks.user_model.tasks import (
    bootstrap_low,
    next_basket_cases,
    next_week_cases,
    ranking_quality,
    windows,
)
from promo_engine.user_model.purchase_history import PurchaseHistory
from tests.support.simulated import simulated_history


@pytest.fixture(scope="module")
def history() -> PurchaseHistory:
    return simulated_history()


def test_a_next_basket_is_the_households_last_and_is_not_known_when_asked(history: PurchaseHistory) -> None:
    _, start, end = windows(history)
    cases = next_basket_cases(history, start=start, end=end)
    assert len(cases.day) > 20
    known = cases.known.select(customers=cases.customer)
    assert (known.basket_day[known.customer_start[1:] - 1] < cases.day).all()
    household = int(cases.customer[0])
    own = history.select(customers=np.array([household]))
    last = own.step_category[own.step_basket == len(own.basket_day) - 1]
    assert sorted(np.flatnonzero(cases.bought[0])) == sorted(last)


def test_a_week_knows_nothing_of_itself(history: PurchaseHistory) -> None:
    _, start, end = windows(history)
    weeks = next_week_cases(history, start=start, end=end)
    assert len(weeks) == 4
    for week in weeks:
        assert week.known.basket_day.max() < week.day[0]
        assert week.bought.any(axis=1).all()


def test_measures_against_answers_known_by_heart() -> None:
    ranking = np.array([[0.9, 0.8, 0.1, 0.0], [0.1, 0.9, 0.8, 0.7]])
    bought = np.array([[True, False, True, False], [False, True, False, False]])
    recall, ndcg = ranking_quality(ranking, bought, depth=2).T
    assert recall == pytest.approx([0.5, 1.0])
    assert ndcg == pytest.approx([1.0 / (1.0 + 1.0 / np.log2(3.0)), 1.0])


def test_intervals_draw_households_and_not_cases() -> None:
    generator = np.random.default_rng(0)
    customer = np.repeat(np.arange(40), 50)
    values = np.repeat(generator.normal(0.0, 1.0, 40), 50)
    low, high = bootstrap_low(values, customer)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(40), rel=0.2)


def test_newcomers_are_known_by_their_latest_baskets_alone(history: PurchaseHistory) -> None:
    _, start, end = windows(history)
    cases = next_basket_cases(history, start=start, end=end)
    whole = cases.known.select(customers=cases.customer)
    two = only_latest(cases, baskets=2)
    assert (np.diff(two.known.customer_start) == 2).all()
    np.testing.assert_array_equal(
        two.known.basket_day[two.known.customer_start[1:] - 1], whole.basket_day[whole.customer_start[1:] - 1]
    )
    assert len(only_latest(cases, baskets=0).known.basket_day) == 0
    assert counts(two.known).sum() < counts(whole).sum()
