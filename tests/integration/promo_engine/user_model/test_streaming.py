"""A state that was moved basket by basket is the state computed from the whole history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from promo_engine.domain.customers.forecast import CategoryPurchase, CustomerForecast
from promo_engine.user_model import LstmCustomerModel
from promo_engine.user_model.model_settings import ModelSettings
from promo_engine.user_model.network import PurchaseNetwork
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.stepped_model import days_since_epoch, moment_of_day
from tests.support.simulated import CATEGORIES, DAYS, FIRST_DAY

LATER = moment_of_day(FIRST_DAY + DAYS + 3)
MORNING = datetime(2026, 11, 22, 8, tzinfo=UTC)


def stream(model: LstmCustomerModel, history: PurchaseHistory, customer: int) -> bytes:
    state = model.initial_state()
    for basket in range(history.customer_start[customer], history.customer_start[customer + 1]):
        purchases = [
            CategoryPurchase(
                category_id=int(history.step_category[step]),
                quantity=int(history.step_quantity[step]),
                sales_cents=round(history.step_spend[step] * 100),
            )
            for step in np.flatnonzero(history.step_basket == basket)
        ]
        state = model.step(state, occurred_at=moment_of_day(history.basket_day[basket]), purchases=purchases)
    return state


def assert_close(left: CustomerForecast, right: CustomerForecast) -> None:
    expectations = ("purchase_probability", "next_basket_probability", "ranking")
    for name in (*expectations, "embedding", "days_since_purchase", "mean_gap_days"):
        np.testing.assert_allclose(getattr(left, name), getattr(right, name), atol=1e-5, err_msg=name)
    assert left.basket_count == right.basket_count


def test_streaming_equals_batch(tiny_model: LstmCustomerModel, history: PurchaseHistory) -> None:
    batch = tiny_model.states(history)
    for customer in range(12):
        streamed = stream(tiny_model, history, customer)
        assert len(streamed) == len(batch[customer])
        assert_close(tiny_model.forecast(streamed, at=LATER), tiny_model.forecast(batch[customer], at=LATER))


def test_a_batch_state_can_be_streamed_on(tiny_model: LstmCustomerModel, history: PurchaseHistory) -> None:
    state = tiny_model.states(history.select(customers=np.array([4])))[0]
    before = tiny_model.forecast(state, at=LATER)
    moved = tiny_model.step(state, occurred_at=LATER, purchases=[CategoryPurchase(0, 1, 250)])
    after = tiny_model.forecast(moved, at=LATER)
    assert after.basket_count == before.basket_count + 1
    assert after.days_since_purchase[0] == 0.0
    assert after.purchase_probability != before.purchase_probability


def test_lines_of_one_category_are_added_up(tiny_model: LstmCustomerModel) -> None:
    start = tiny_model.initial_state()
    apart = [CategoryPurchase(3, 1, 100), CategoryPurchase(3, 2, 150)]
    together = [CategoryPurchase(3, 3, 250)]
    assert tiny_model.step(start, occurred_at=MORNING, purchases=apart) == tiny_model.step(
        start, occurred_at=MORNING, purchases=together
    )


def test_gaps_and_days_since_come_from_the_purchases(tiny_model: LstmCustomerModel) -> None:
    state = tiny_model.initial_state()
    for days in (0, 4, 10):
        at = MORNING + timedelta(days=days)
        state = tiny_model.step(state, occurred_at=at, purchases=[CategoryPurchase(2, 1, 100)])
    forecast = tiny_model.forecast(state, at=MORNING + timedelta(days=12))
    assert forecast.days_since_purchase[2] == pytest.approx(2.0)
    assert forecast.mean_gap_days[2] == pytest.approx(5.0)
    assert forecast.days_since_purchase[1] == forecast.mean_gap_days[1] == float("inf")


def test_a_stranger_gets_the_popular_categories(tiny_model: LstmCustomerModel, history: PurchaseHistory) -> None:
    forecast = tiny_model.forecast(tiny_model.initial_state(), at=LATER)
    assert forecast.basket_count == 0
    assert set(forecast.days_since_purchase) == {float("inf")}
    buyers = np.bincount(history.pair_category, minlength=CATEGORIES)
    assert np.argmax(forecast.purchase_probability) == np.argmax(buyers) == 0
    assert all(0.0 < probability < 1.0 for probability in forecast.purchase_probability)


def test_every_forecast_has_an_embedding_of_the_same_length(
    tiny_model: LstmCustomerModel, history: PurchaseHistory
) -> None:
    states = [tiny_model.initial_state(), *tiny_model.states(history)[:3]]
    assert len({len(tiny_model.forecast(state, at=LATER).embedding) for state in states}) == 1


def test_a_basket_before_the_last_one_is_refused(tiny_model: LstmCustomerModel) -> None:
    state = tiny_model.step(tiny_model.initial_state(), occurred_at=MORNING, purchases=[CategoryPurchase(1, 1, 100)])
    with pytest.raises(ValueError, match="before the customer's last one"):
        tiny_model.step(state, occurred_at=MORNING - timedelta(seconds=1), purchases=[CategoryPurchase(1, 1, 100)])
    with pytest.raises(ValueError, match="before the customer's last basket"):
        tiny_model.forecast(state, at=MORNING - timedelta(seconds=1))


def test_an_unknown_category_and_a_moment_without_zone_are_refused(tiny_model: LstmCustomerModel) -> None:
    start = tiny_model.initial_state()
    with pytest.raises(ValueError, match=f"no category {CATEGORIES}"):
        tiny_model.step(start, occurred_at=MORNING, purchases=[CategoryPurchase(CATEGORIES, 1, 100)])
    with pytest.raises(ValueError, match="time zone"):
        tiny_model.step(start, occurred_at=MORNING.replace(tzinfo=None), purchases=[])


def test_foreign_bytes_are_no_state(tiny_model: LstmCustomerModel) -> None:
    state = tiny_model.step(tiny_model.initial_state(), occurred_at=MORNING, purchases=[CategoryPurchase(1, 1, 100)])
    for wrong, message in (
        (b"", "no customer state"),
        (b"x" * 200, "no customer state"),
        (state[:-1], "another shape"),
    ):
        with pytest.raises(ValueError, match=message):
            tiny_model.forecast(wrong, at=MORNING)


def test_a_state_of_many_categories_stays_below_40_kb() -> None:
    settings = ModelSettings(category_count=302)
    weights = {name: value.numpy() for name, value in PurchaseNetwork(settings).serving_weights().items()}
    model = LstmCustomerModel(settings, weights)
    purchases = [CategoryPurchase(category, 1, 100) for category in range(221)]  # the most of any imported household
    state = model.step(model.initial_state(), occurred_at=MORNING, purchases=purchases)
    assert len(state) <= 40_000


def test_days_and_moments_are_inverse() -> None:
    assert moment_of_day(days_since_epoch(MORNING)) == MORNING
