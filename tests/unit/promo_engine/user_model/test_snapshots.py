from __future__ import annotations

import numpy as np
import pytest

from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.serving.counters import count_all
from promo_engine.user_model.training.training_rows import Rows, SnapshotReader
from tests.support.simulated import CATEGORIES, FIRST_DAY, TINY_MODEL

MOMENT = FIRST_DAY + 60.25
CUSTOMERS = np.arange(20)


def read(history: PurchaseHistory, *, sampled_others: int | None = None) -> Rows:
    reader = SnapshotReader(history, count_all(history, TINY_MODEL), TINY_MODEL)
    return reader.rows(
        customer=CUSTOMERS,
        day=np.full(len(CUSTOMERS), MOMENT),
        sampled_others=sampled_others,
        generator=np.random.default_rng(5),
    )


def test_labels_are_what_is_bought_in_the_seven_days_and_in_the_basket_after_the_moment(
    history: PurchaseHistory,
) -> None:
    rows = read(history)
    found = np.zeros((len(CUSTOMERS), CATEGORIES, TINY_MODEL.output_count))
    found[rows.snapshot, rows.category] = rows.label
    for customer in CUSTOMERS:
        own = history.basket_customer[history.step_basket] == customer
        soon = own & (history.step_day > MOMENT) & (history.step_day <= MOMENT + TINY_MODEL.horizon_days)
        assert set(np.flatnonzero(found[customer, :, 0])) == set(history.step_category[soon])
        later = np.flatnonzero((history.basket_customer == customer) & (history.basket_day > MOMENT))
        following = history.step_category[history.step_basket == later[0]]
        assert set(np.flatnonzero(found[customer, :, TINY_MODEL.next_basket])) == set(following)
        share = found[customer, :, 0] / max(found[customer, :, 0].sum(), 1.0)
        np.testing.assert_allclose(found[customer, :, -1], share, rtol=1e-6)


def test_features_know_nothing_of_the_future(history: PurchaseHistory) -> None:
    """Cutting away everything after the moment changes labels, never features."""
    whole, cut = read(history), read(history.select(before_day=MOMENT))
    tables = []
    for rows in (whole, cut):
        table = np.zeros((len(CUSTOMERS), CATEGORIES, rows.pair.shape[1]), np.float32)
        table[rows.snapshot, rows.category] = rows.pair
        tables.append(table)
    np.testing.assert_array_equal(tables[0], tables[1])
    np.testing.assert_array_equal(whole.customer, cut.customer)
    assert cut.label.max() == 0.0


def test_sampled_categories_stand_for_all_never_bought_ones(history: PurchaseHistory) -> None:
    rows = read(history, sampled_others=4)
    for snapshot in range(len(CUSTOMERS)):
        assert rows.weight[rows.snapshot == snapshot].sum() == pytest.approx(CATEGORIES)


def test_before_the_first_basket_a_customer_is_a_stranger(history: PurchaseHistory) -> None:
    reader = SnapshotReader(history, count_all(history, TINY_MODEL), TINY_MODEL)
    first = history.basket_day[history.customer_start[CUSTOMERS]]
    rows = reader.rows(customer=CUSTOMERS, day=first - 1e-3, sampled_others=None, generator=np.random.default_rng(5))
    assert (rows.step == -1).all()
    assert np.abs(rows.pair).max() == 0.0
    assert (rows.customer[:, 0] == 1.0).all()
    assert rows.label[:, TINY_MODEL.next_basket].sum() > 0
