"""The watch beside the decisions: how long what happens waits for its effect."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime

import pytest

from promo_engine.bootstrap import build_services
from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.domain.customers.live_events import Alarm, LiveEvent, OrdersSoFar, SegmentChanged
from promo_engine.domain.customers.orders import Order
from promo_engine.domain.customers.shop_orders import ShopOrder, ShopOrderLine
from promo_engine.domain.events import PurchasesIngested
from promo_engine.ports.models import Models
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.monitoring import monitoring_service
from promo_engine.services.monitoring.monitoring_service import ChatTurn, MonitoringService
from tests.support.fakes import AveragingPolicy, Clock, CountingCustomerModel, MeanAttribution
from tests.support.service_fixtures import RULES
from tests.support.waiting import PATIENCE_S

TURN = ChatTurn(intent="track_order", sentiment=None)


class Stopwatch:
    """Stands still but for what somebody does."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def read(self) -> float:
        return self.seconds


class SlowMonitor:
    """Takes four seconds to be made and two and a half for each event."""

    def __init__(self, stopwatch: Stopwatch) -> None:
        self._stopwatch = stopwatch
        stopwatch.seconds += 4.0

    def feed(self, event: LiveEvent) -> Iterable[Alarm | SegmentChanged]:
        self._stopwatch.seconds += 2.5
        return ()

    def pass_time(self, now: datetime) -> Iterable[Alarm | SegmentChanged]:
        return ()

    def counts(self) -> Mapping[str, int]:
        return Counter()


@pytest.fixture
async def monitoring(
    storage: Storage,
    model: CountingCustomerModel,
    policy: AveragingPolicy,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[MonitoringService]:
    """A running watch that is slow by a stopwatch and quick by the machine's clock."""
    stopwatch = Stopwatch()

    def make(_so_far: OrdersSoFar, _now: datetime) -> SlowMonitor:
        return SlowMonitor(stopwatch)

    monkeypatch.setattr(monitoring_service, "perf_counter", stopwatch.read)
    monkeypatch.setattr(monitoring_service, "LOOK_EVERY_S", 0.0)
    models = Models(
        customer_model=model,
        initial_policy=policy,
        unpack_policy=AveragingPolicy.from_bytes,
        attribution=MeanAttribution(),
        make_shop_monitor=make,
    )
    monitoring = build_services(storage, models=models, rules=RULES, clock=clock).monitoring
    running = asyncio.create_task(monitoring.run())
    yield monitoring
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class CountingMonitor(SlowMonitor):
    """Keeps what it was made of and fed."""

    def __init__(self, so_far: OrdersSoFar) -> None:
        super().__init__(Stopwatch())
        self.so_far = so_far
        self.fed: list[LiveEvent] = []

    def feed(self, event: LiveEvent) -> Iterable[Alarm | SegmentChanged]:
        self.fed.append(event)
        return ()


async def test_sales_of_another_currency_are_no_money_of_the_shop(
    storage: Storage,
    model: CountingCustomerModel,
    policy: AveragingPolicy,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def order(number: int, currency: str, cents: int) -> ShopOrder:
        lines = (ShopOrderLine("Mug", 1, cents),)
        return ShopOrder(f"w-{number}", f"w-{number}", "anna", clock(), currency, cents, lines)

    async with storage.write() as unit:
        stored = (order(1, "USD", 500), order(2, "JPY", 90_000))
        await unit.shop.store_orders(stored, source_id="web", at=clock())
    made: list[CountingMonitor] = []

    def make(so_far: OrdersSoFar, _now: datetime) -> CountingMonitor:
        made.append(CountingMonitor(so_far))
        return made[-1]

    models = Models(
        customer_model=model,
        initial_policy=policy,
        unpack_policy=AveragingPolicy.from_bytes,
        attribution=MeanAttribution(),
        make_shop_monitor=make,
    )
    monkeypatch.setattr(monitoring_service, "LOOK_EVERY_S", 0.0)
    monitoring = build_services(storage, models=models, rules=RULES, clock=clock).monitoring
    running = asyncio.create_task(monitoring.run())
    monitoring.on_chat_turns([TURN])
    await heard(monitoring, 1)
    for name, currency, cents in (("a", "USD", 700), ("b", "JPY", 80_000), ("c", "", 300)):
        new = Order(name, "anna", clock(), cents, currency=currency)
        monitoring.on_purchases_ingested(PurchasesIngested((Purchase(new, ()),)))
    await heard(monitoring, 4)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    (monitor,) = made
    hour = clock().replace(minute=0, second=0, microsecond=0)
    assert monitor.so_far.hours[hour] == 500
    assert [event.value for event in monitor.fed if event.signal == "sales"] == [700.0, 0.0, 300.0]


async def heard(monitoring: MonitoringService, count: int) -> float:
    """The longest wait once so many notes were taken in."""
    async with asyncio.timeout(PATIENCE_S), monitoring.looked:
        await monitoring.looked.wait_for(lambda: monitoring.status.heard == count)
    return monitoring.status.slowest_s


async def test_a_wait_is_measured_from_the_note_to_its_effect_the_making_of_the_watch_aside(
    monitoring: MonitoringService,
) -> None:
    monitoring.on_chat_turns([TURN])
    assert await heard(monitoring, 1) == 2.5
    monitoring.on_chat_turns([TURN, TURN])
    assert await heard(monitoring, 3) == 5.0, "the second one waited for the first"
    monitoring.on_chat_turns([TURN])
    assert await heard(monitoring, 4) == 5.0
