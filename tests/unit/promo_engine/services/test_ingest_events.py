import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.customers.customer_events import CustomerEvent, Purchase
from promo_engine.domain.customers.orders import Order, OrderLine
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.customers.ingest_events import Ingested
from tests.support.service_fixtures import Decide
from tests.support.small_shop import NOW
from tests.support.stored_rows import StoredRows


def purchase(
    event_id: str, *, at: datetime = NOW, customer_id: str = "ben", product_id: str = "p-1", order_id: str | None = None
) -> CustomerEvent:
    line = OrderLine(product_id=product_id, quantity=2, sales_cents=318)
    order = Order(order_id=order_id or f"o-{event_id}", customer_id=customer_id, placed_at=at, total_cents=318)
    return CustomerEvent(
        event_id=event_id,
        customer_id=customer_id,
        kind="purchase",
        occurred_at=at,
        purchase=Purchase(order=order, lines=(line,)),
    )


def view(event_id: str, **changes: Any) -> CustomerEvent:
    event = CustomerEvent(event_id=event_id, customer_id="ben", kind="view", occurred_at=NOW, body={"product_id": "p"})
    return replace(event, **changes)


async def state(storage: Storage, customer_id: str = "ben") -> dict[str, object]:
    async with storage.read() as unit:
        stored = await unit.customers.state(customer_id, model_version="counting-1")
    return {} if stored is None else json.loads(stored.state)


async def stored(rows: StoredRows) -> tuple[int, int]:
    """Events and orders that are stored."""
    return await rows.count("customer_events"), await rows.count("orders")


async def test_a_purchase_makes_an_order_and_moves_the_state(services: Services, storage: Storage) -> None:
    ingested = await services.ingest.take_in([purchase("e-1")], now=NOW)
    assert ingested == Ingested(accepted=1, duplicates=0, late_purchases=0)
    view_of_ben = await services.orders.look_up("o-e-1", customer_id="ben")
    assert view_of_ben.yours
    assert view_of_ben.lines == (OrderLine("p-1", 2, 318, "BABY FOODS"),)
    assert await state(storage) == {"baskets": 1, "last": NOW.isoformat(), "bought": {"1": NOW.isoformat()}}


async def test_the_next_decision_reads_the_moved_state(services: Services, decide: Decide) -> None:
    before = await decide(customer_id="ben")
    assert "baby-20" in before.decision.ineligible_offers
    await services.ingest.take_in([purchase("e-1")], now=NOW)
    after = await decide("m-2", customer_id="ben")
    assert "baby-20" in after.decision.propensities
    assert after.decision.explanation == "After 1 orders you may like this."


async def test_a_basket_ahead_of_our_clock_does_not_stop_a_decision(services: Services, decide: Decide) -> None:
    await services.ingest.take_in([purchase("e-1", at=NOW + timedelta(minutes=4))], now=NOW)
    assert (await decide(customer_id="ben")).offer is not None


async def test_a_known_event_changes_nothing(services: Services, storage: Storage, rows: StoredRows) -> None:
    await services.ingest.take_in([purchase("e-1")], now=NOW)
    before = await stored(rows)
    again = await services.ingest.take_in([purchase("e-1"), view("e-2"), view("e-2")], now=NOW)
    assert again == Ingested(accepted=1, duplicates=2, late_purchases=0)
    assert await stored(rows) == (before[0] + 1, before[1])
    assert (await state(storage))["baskets"] == 1


async def test_purchases_of_one_request_may_stand_in_any_order(services: Services, storage: Storage) -> None:
    days = [NOW - timedelta(days=age) for age in (1, 3, 2)]
    events = [purchase(f"e-{number}", at=day) for number, day in enumerate(days)]
    ingested = await services.ingest.take_in(events, now=NOW)
    assert ingested.late_purchases == 0
    assert (await state(storage))["baskets"] == 3


async def test_a_late_purchase_is_an_order_but_no_step(services: Services, storage: Storage, rows: StoredRows) -> None:
    await services.ingest.take_in([purchase("e-1")], now=NOW)
    before = await state(storage)
    ingested = await services.ingest.take_in([purchase("e-0", at=NOW - timedelta(days=1))], now=NOW)
    assert ingested == Ingested(accepted=1, duplicates=0, late_purchases=1)
    assert await state(storage) == before
    assert (await services.orders.look_up("o-e-0", customer_id="ben")).yours


async def test_a_basket_without_a_category_is_counted_as_a_basket(services: Services, storage: Storage) -> None:
    await services.ingest.take_in([purchase("e-1", product_id="p-odd")], now=NOW)
    assert await state(storage) == {"baskets": 1, "bought": {}, "last": NOW.isoformat()}
    assert (await services.orders.look_up("o-e-1", customer_id="ben")).lines[0].name == "GIFT WRAP"


@pytest.mark.parametrize(
    ("wrong", "refused"),
    [
        (purchase("e-9", order_id="o-old"), ("order_exists", "order_id")),
        (purchase("e-9", order_id="o-e-1"), ("order_exists", "order_id")),
        (view("e-9", occurred_at=NOW + timedelta(hours=1)), ("occurs_in_future", "occurred_at")),
    ],
)
async def test_a_wrong_event_is_refused_by_itself(
    services: Services, storage: Storage, rows: StoredRows, wrong: CustomerEvent, refused: tuple[str, str]
) -> None:
    before = await stored(rows)
    ingested = await services.ingest.take_in([purchase("e-1"), wrong], now=NOW)
    (refusal,) = ingested.refused
    assert (refusal.event_id, refusal.code, refusal.field) == ("e-9", refused[0], f"events.1.{refused[1]}")
    assert ingested.accepted == 1
    assert await stored(rows) == (before[0] + 1, before[1] + 1)
    assert (await state(storage))["baskets"] == 1


async def test_nobody_and_nothing_that_the_shop_has_not_reported_yet_is_refused(
    services: Services, storage: Storage
) -> None:
    events = [purchase("e-1", customer_id="nobody"), purchase("e-2", customer_id="nobody", product_id="nothing")]
    ingested = await services.ingest.take_in(events, now=NOW)
    assert (ingested.accepted, ingested.unlisted_products, ingested.refused) == (2, 1, ())
    assert (await state(storage, "nobody"))["baskets"] == 2, "a product without a category counts as a basket"
    assert (await services.orders.look_up("o-e-2", customer_id="nobody")).yours


async def test_purchases_at_the_same_moment_all_move_the_state(services: Services, storage: Storage) -> None:
    events = [purchase(f"e-{number}") for number in range(8)]
    await asyncio.gather(*(services.ingest.take_in([event], now=NOW) for event in events))
    assert (await state(storage))["baskets"] == 8
