from datetime import UTC, datetime, timedelta

import pytest

from promo_engine.domain.customers.forecast import CategoryPurchase
from promo_engine.domain.customers.orders import Order, OrderLine, OrderState, purchases_by_category

PLACED = datetime(2025, 11, 23, 11, 53, 26, tzinfo=UTC)
ORDER = Order(order_id="31198570044", customer_id="1228", placed_at=PLACED, total_cents=50)


@pytest.mark.parametrize(
    ("age", "state", "can_cancel", "can_return"),
    [
        (timedelta(0), OrderState.PACKING, True, False),
        (timedelta(hours=23, minutes=59), OrderState.PACKING, True, False),
        (timedelta(days=1), OrderState.SHIPPED, False, False),
        (timedelta(days=2, hours=23), OrderState.SHIPPED, False, False),
        (timedelta(days=3), OrderState.DELIVERED, False, True),
        (timedelta(days=33), OrderState.DELIVERED, False, True),
        (timedelta(days=33, seconds=1), OrderState.DELIVERED, False, False),
    ],
)
def test_the_state_follows_from_the_age(age: timedelta, state: OrderState, can_cancel: bool, can_return: bool) -> None:
    at = PLACED + age
    assert (ORDER.state(at), ORDER.can_cancel(at), ORDER.can_return(at)) == (state, can_cancel, can_return)


@pytest.mark.parametrize("state", [OrderState.CANCELLED, OrderState.RETURN_REQUESTED])
def test_what_the_customer_asked_for_stays(state: OrderState) -> None:
    order = Order(order_id="o", customer_id="c", placed_at=PLACED, total_cents=1, override_state=state)
    for age in (timedelta(0), timedelta(days=4)):
        at = PLACED + age
        assert (order.state(at), order.can_cancel(at), order.can_return(at)) == (state, False, False)


def test_the_parcel_is_promised_for_an_evening_after_it_arrives() -> None:
    assert ORDER.expected_at == datetime(2025, 11, 26, 18, tzinfo=UTC)
    late = Order(order_id="o", customer_id="c", placed_at=PLACED.replace(hour=20), total_cents=1)
    assert late.expected_at == datetime(2025, 11, 27, 18, tzinfo=UTC)


def test_lines_are_summed_by_category() -> None:
    lines = [OrderLine("a", 2, 300), OrderLine("b", 1, 50), OrderLine("c", 4, 10), OrderLine("odd", 1, 9)]
    assert purchases_by_category(lines, {"a": 7, "b": 3, "c": 7, "odd": None}) == [
        CategoryPurchase(category_id=3, quantity=1, sales_cents=50),
        CategoryPurchase(category_id=7, quantity=6, sales_cents=310),
    ]
