import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.customers.orders import OrderState
from promo_engine.domain.errors import Conflict, Forbidden, NotFound
from tests.support.small_shop import NOW


async def test_a_customer_sees_all_of_their_order(services: Services) -> None:
    view = await services.orders.look_up("o-new", customer_id="anna")
    assert view.yours
    assert [(line.name, line.sales_cents) for line in view.lines] == [("SOFT DRINKS", 300), ("GIFT WRAP", 150)]


@pytest.mark.parametrize("stranger", [None, "ben", "nobody"])
async def test_others_see_nothing_of_what_is_in_it(services: Services, stranger: str | None) -> None:
    view = await services.orders.look_up("o-new", customer_id=stranger)
    assert (view.yours, view.lines) == (False, ())


async def test_the_newest_orders_come_first(services: Services) -> None:
    assert [order.order_id for order in await services.orders.newest_of("anna", limit=2)] == ["o-new", "o-way"]
    assert await services.orders.newest_of("ben", limit=5) == []
    with pytest.raises(NotFound):
        await services.orders.newest_of("nobody", limit=5)


async def test_cancelling_twice_is_cancelling_once(services: Services) -> None:
    for _ in range(2):
        assert await services.orders.cancel("o-new", customer_id="anna", now=NOW) is OrderState.CANCELLED
    assert (await services.orders.look_up("o-new", customer_id=None)).order.state(NOW) is OrderState.CANCELLED


async def test_returning_twice_is_returning_once(services: Services) -> None:
    for _ in range(2):
        assert await services.orders.send_back("o-old", customer_id="anna", now=NOW) is OrderState.RETURN_REQUESTED


@pytest.mark.parametrize("order_id", ["o-way", "o-old"])
async def test_what_has_left_cannot_be_cancelled(services: Services, order_id: str) -> None:
    with pytest.raises(Conflict) as refusal:
        await services.orders.cancel(order_id, customer_id="anna", now=NOW)
    assert refusal.value.code == "cannot_cancel"


@pytest.mark.parametrize("order_id", ["o-new", "o-way"])
async def test_what_has_not_arrived_cannot_be_returned(services: Services, order_id: str) -> None:
    with pytest.raises(Conflict) as refusal:
        await services.orders.send_back(order_id, customer_id="anna", now=NOW)
    assert refusal.value.code == "cannot_return"


async def test_another_customer_s_order_stays_as_it_is(services: Services) -> None:
    with pytest.raises(Forbidden):
        await services.orders.cancel("o-new", customer_id="ben", now=NOW)
    with pytest.raises(Forbidden):
        await services.orders.send_back("o-old", customer_id="ben", now=NOW)
    with pytest.raises(NotFound):
        await services.orders.cancel("nothing", customer_id="anna", now=NOW)
    assert (await services.orders.look_up("o-new", customer_id=None)).order.override_state is None
