import pytest

from promo_engine.domain.customers.orders import OrderState
from promo_engine.domain.errors import Conflict, Forbidden, NotFound
from promo_engine.services.engine import Engine
from tests.support.small_shop import NOW


async def test_a_customer_sees_all_of_their_order(engine: Engine) -> None:
    view = await engine.orders.look_up("o-new", customer_id="anna")
    assert view.yours
    assert [(line.name, line.sales_cents) for line in view.lines] == [("SOFT DRINKS", 300), ("GIFT WRAP", 150)]


@pytest.mark.parametrize("stranger", [None, "ben", "nobody"])
async def test_others_see_nothing_of_what_is_in_it(engine: Engine, stranger: str | None) -> None:
    view = await engine.orders.look_up("o-new", customer_id=stranger)
    assert (view.yours, view.lines) == (False, ())


async def test_the_newest_orders_come_first(engine: Engine) -> None:
    assert [order.order_id for order in await engine.orders.newest_of("anna", limit=2)] == ["o-new", "o-way"]
    assert await engine.orders.newest_of("ben", limit=5) == []
    with pytest.raises(NotFound):
        await engine.orders.newest_of("nobody", limit=5)


async def test_cancelling_twice_is_cancelling_once(engine: Engine) -> None:
    for _ in range(2):
        assert await engine.orders.cancel("o-new", customer_id="anna", now=NOW) is OrderState.CANCELLED
    assert (await engine.orders.look_up("o-new", customer_id=None)).order.state(NOW) is OrderState.CANCELLED


async def test_returning_twice_is_returning_once(engine: Engine) -> None:
    for _ in range(2):
        assert await engine.orders.send_back("o-old", customer_id="anna", now=NOW) is OrderState.RETURN_REQUESTED


@pytest.mark.parametrize("order_id", ["o-way", "o-old"])
async def test_what_has_left_cannot_be_cancelled(engine: Engine, order_id: str) -> None:
    with pytest.raises(Conflict) as refusal:
        await engine.orders.cancel(order_id, customer_id="anna", now=NOW)
    assert refusal.value.code == "cannot_cancel"


@pytest.mark.parametrize("order_id", ["o-new", "o-way"])
async def test_what_has_not_arrived_cannot_be_returned(engine: Engine, order_id: str) -> None:
    with pytest.raises(Conflict) as refusal:
        await engine.orders.send_back(order_id, customer_id="anna", now=NOW)
    assert refusal.value.code == "cannot_return"


async def test_another_customer_s_order_stays_as_it_is(engine: Engine) -> None:
    with pytest.raises(Forbidden):
        await engine.orders.cancel("o-new", customer_id="ben", now=NOW)
    with pytest.raises(Forbidden):
        await engine.orders.send_back("o-old", customer_id="ben", now=NOW)
    with pytest.raises(NotFound):
        await engine.orders.cancel("nothing", customer_id="anna", now=NOW)
    assert (await engine.orders.look_up("o-new", customer_id=None)).order.override_state is None
