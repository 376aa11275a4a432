"""The watch beside the decisions: how long what happens waits for its effect."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime

import pytest

from promo_engine.bootstrap import build_services
from promo_engine.domain.customers.live_events import Alarm, LiveEvent, OrdersSoFar, SegmentChanged
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
