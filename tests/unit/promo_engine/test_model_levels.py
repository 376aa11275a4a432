from __future__ import annotations

from math import nan

import pytest

from promo_engine.models.model_levels import Leads, Serves, choose, reason, tries_lstm
from promo_engine.storage.history_arrays import HistorySize
from promo_engine.user_model.training.validation import Lead

AHEAD, EVEN, BEHIND = (Lead(ndcg, 0.01, weeks=4, depth=10) for ndcg in (0.05, 0.02, -0.05))


@pytest.mark.parametrize(
    ("leads", "serves"),
    [
        (Leads(), Serves.COUNTS),
        (Leads(lstm=AHEAD), Serves.NEW_LSTM),
        (Leads(lstm=EVEN), Serves.COUNTS),  # two standard errors are not above two
        (Leads(lstm=Lead(nan, nan, weeks=4, depth=10)), Serves.COUNTS),
        (Leads(lstm=Lead(0.0, 0.0, weeks=4, depth=10)), Serves.COUNTS),  # of one category every order is the same
        (Leads(lstm=AHEAD, live=AHEAD, against_live=BEHIND), Serves.LIVE_LSTM),
        (Leads(lstm=AHEAD, live=BEHIND, against_live=BEHIND), Serves.NEW_LSTM),
        (Leads(lstm=AHEAD, live=AHEAD, against_live=EVEN), Serves.NEW_LSTM),
        (Leads(lstm=BEHIND, live=AHEAD, against_live=BEHIND), Serves.LIVE_LSTM),
        (Leads(lstm=BEHIND, live=EVEN, against_live=BEHIND), Serves.COUNTS),
    ],
)
def test_an_lstm_serves_where_it_is_ahead_of_the_counts_for_certain(leads: Leads, serves: Serves) -> None:
    assert choose(leads) is serves
    size = HistorySize(900, 200.0)
    said = reason(serves, leads, size, category_count=5, failure=None)
    assert said.startswith("level 1 serves" if serves is Serves.COUNTS else "level 2 serves")
    assert "\n" not in said


@pytest.mark.parametrize(
    ("orders", "days", "categories", "tries"),
    [(500, 84.0, 1, True), (499, 84.0, 1, False), (500, 83.9, 1, False), (500, 84.0, 0, False)],
)
def test_an_lstm_is_tried_from_500_orders_and_84_days_on(
    orders: int, days: float, categories: int, *, tries: bool
) -> None:
    assert tries_lstm(HistorySize(orders, days), category_count=categories) is tries
