from __future__ import annotations

import numpy as np
import pytest

from promo_engine.user_model.purchase_history import PurchaseHistory, by_position
from promo_engine.user_model.serving.counters import MEAN_FADE, count_all
from tests.support.simulated import TINY_MODEL


def test_by_position_walks_all_firsts_then_all_seconds_longest_slice_first() -> None:
    order, sizes = by_position(np.array([0, 1, 4, 6]))
    assert order.tolist() == [1, 4, 0, 2, 5, 3]
    assert sizes.tolist() == [3, 2, 1]


def test_history_keeps_pairs_together_and_in_time() -> None:
    history = PurchaseHistory.build(
        customer_count=2,
        category_count=3,
        basket_customer=np.array([1, 0, 1]),
        basket_day=np.array([5.0, 3.0, 1.0]),
        step_basket=np.array([0, 0, 1, 2]),
        step_category=np.array([2, 0, 1, 2]),
        step_quantity=np.ones(4),
        step_spend=np.array([4.0, 3.0, 2.0, 1.0]),
    )
    assert history.basket_customer.tolist() == [0, 1, 1]
    assert history.pair_customer.tolist() == [0, 1, 1]
    assert history.pair_category.tolist() == [1, 0, 2]
    assert history.step_spend.tolist() == [2.0, 3.0, 1.0, 4.0]
    assert history.basket_number.tolist() == [1, 1, 2]


def test_faded_counters_are_the_sums_over_all_earlier_purchases(history: PurchaseHistory) -> None:
    counters = count_all(history, TINY_MODEL)
    pair = int(np.argmax(np.diff(history.pair_start)))
    steps = np.arange(history.pair_start[pair], history.pair_start[pair + 1])
    day, number = history.step_day[steps], history.basket_number[history.step_basket[steps]]
    for half_life, column in zip(TINY_MODEL.half_lives_days, range(3), strict=True):
        assert counters.step_decayed[steps[-1], column] == pytest.approx(np.exp2(-(day[-1] - day) / half_life).sum())
    for half_life, column in zip(TINY_MODEL.half_lives_baskets, range(3, 5), strict=True):
        expected = np.exp2(-(number[-1] - number) / half_life).sum()
        assert counters.step_decayed[steps[-1], column] == pytest.approx(expected)


def test_mean_spend_moves_by_a_tenth_per_basket(history: PurchaseHistory) -> None:
    counters = count_all(history, TINY_MODEL)
    mean = history.basket_spend[0]
    for spend in history.basket_spend[1 : history.customer_start[1]]:
        mean = MEAN_FADE * mean + (1 - MEAN_FADE) * spend
    assert counters.basket_spend[history.customer_start[1] - 1] == pytest.approx(mean)


def test_select_cuts_time_and_renumbers_customers(history: PurchaseHistory) -> None:
    day = float(np.median(history.basket_day))
    part = history.select(customers=np.array([7, 2]), before_day=day)
    assert part.customer_count == 2
    assert part.basket_day.max() < day
    bought = history.basket_customer[history.step_basket] == 7
    assert (part.basket_customer[part.step_basket] == 0).sum() == (bought & (history.step_day < day)).sum()
