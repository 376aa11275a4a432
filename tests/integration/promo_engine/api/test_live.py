"""Purchases, answers and moods move segments, alarms and plans of the running engine, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_aiohttp.plugin import AiohttpClient

from promo_engine.api.http.keys import MONITORING, PLANS
from promo_engine.app import create_app, make_shop_monitor
from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.customers.live_events import Alarm, OrdersSoFar, SegmentChanged, ShopMonitor
from promo_engine.ports.models import Models
from promo_engine.services.monitoring import monitoring_service
from promo_engine.services.monitoring.monitoring_service import LOOK_EVERY_S, WITHIN_S, LiveStatus
from promo_engine.settings import Settings
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.api_client import ApiClient
from tests.support.fakes import Clock
from tests.support.small_shop import AUTUMN, NOW, offer
from tests.support.waiting import PATIENCE_S
from tests.unit.promo_engine.services.test_plans import body

Live = dict[str, Any]
LAPSED = condition_from_json({"segment": ["live-lapsing"]})


@pytest.fixture(autouse=True)
def quick_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch starts at once and looks often: what a round does is tested, not how long the next one is away."""
    monkeypatch.setattr(monitoring_service, "START_AFTER_S", 0.0)
    monkeypatch.setattr(monitoring_service, "LOOK_EVERY_S", 0.02)


@pytest.fixture
def monitors() -> list[ShopMonitor]:
    """Every shop monitor that the watching engine made, the newest last."""
    return []


@dataclass
class Breakage:
    """While it lasts, no watch can be made."""

    lasts: bool = False

    def check(self, *_of: object) -> Iterable[Alarm | SegmentChanged]:
        if self.lasts:
            raise RuntimeError("the watch stops here")
        return ()


@pytest.fixture
def breakage() -> Breakage:
    return Breakage()


@pytest.fixture
def watching(models: Models, monitors: list[ShopMonitor], breakage: Breakage) -> Models:
    """Models with a shop monitor."""

    def make(so_far: OrdersSoFar, now: datetime) -> ShopMonitor:
        breakage.check()
        monitors.append(make_shop_monitor(so_far, now, currency="GBP"))
        return monitors[-1]

    return replace(models, make_shop_monitor=make)


@pytest.fixture
async def watched(
    settings: Settings, watching: Models, clock: Clock, storage: SqlStorage, aiohttp_client: AiohttpClient
) -> ApiClient:
    """A client of an engine that watches; its libraries are imported and its orders counted."""
    clock.advance(timedelta(days=40))  # anna ordered 40 days ago
    async with storage.write() as unit:
        late: dict[str, Any] = {"ends_at": NOW + timedelta(days=90)}
        await unit.catalogue.store_offers(
            promotions=[replace(AUTUMN, **late)],
            offers=[offer("come-back", condition=LAPSED, **late), offer("soft-drinks-15", **late)],
            at=NOW,
        )
    client = await aiohttp_client(create_app(settings, models=lambda _path: watching, clock=clock))
    await until(client, lambda status: status.ready)
    return client


async def until(client: ApiClient, holds: Callable[[LiveStatus], object]) -> Live:
    """What the engine tells once a round has ended after which it holds."""
    monitoring = client.app[MONITORING]
    async with asyncio.timeout(PATIENCE_S), monitoring.looked:
        await monitoring.looked.wait_for(lambda: holds(monitoring.status))
    live: Live = await (await client.get("/v1/live")).json()
    return live


async def decide(client: ApiClient, request_id: str, customer_id: str = "anna") -> dict[str, Any]:
    answer = await client.post(
        "/v1/decisions",
        json={
            "conversation_id": f"c-{request_id}", "request_id": request_id, "customer_id": customer_id, "explain": True,
            "conversation_context": {"trigger": "asked_for_offers"},
        },
    )  # fmt: skip
    assert answer.status == 200, await answer.text()
    decided: dict[str, Any] = await answer.json()
    return decided


async def offered(client: ApiClient, request_id: str) -> set[str]:
    decided = await decide(client, request_id)
    record = await (await client.get(f"/v1/decisions/{decided['decision_id']}")).json()
    return set(record["propensities"])


def purchase(number: int, customer_id: str, clock: Clock, *, days_ago: int = 0) -> dict[str, Any]:
    return {
        "kind": "purchase",
        "event_id": f"e-{number}",
        "order_id": f"live-{number}",
        "customer_id": customer_id,
        "occurred_at": (clock() - timedelta(days=days_ago)).isoformat(),
        "lines": [{"product_id": "p-0", "quantity": 1, "sales_cents": 150}],
    }


async def test_a_purchase_moves_the_segment_and_with_it_what_is_offered(watched: ApiClient, clock: Clock) -> None:
    # Told late: it makes the state that decisions read, and moves nobody.
    assert (await watched.post("/v1/events", json={"events": [purchase(0, "anna", clock, days_ago=35)]})).status == 200
    live = await until(watched, lambda status: status.heard == 1)
    assert (live["segments"], live["moves"]) == ({"lapsing": 1}, [])
    assert "come-back" in await offered(watched, "before")
    events = [purchase(1, "anna", clock), purchase(2, "ben", clock)]
    assert (await watched.post("/v1/events", json={"events": events})).status == 200
    assert "come-back" not in await offered(watched, "after")
    live = await until(watched, lambda status: len(status.moves) == 2)
    moved = {move["customer_id"]: (move["before"], move["after"]) for move in live["moves"]}
    assert moved == {"anna": ("lapsing", "loyal"), "ben": ("new", "occasional")}
    assert live["segments"] == {"loyal": 1, "occasional": 1}
    assert live["slowest_s"] >= 0.0
    assert live["within_s"] == WITHIN_S > LOOK_EVERY_S
    assert 'promobot_live_customers{segment="loyal"} 1.0' in await (await watched.get("/metrics")).text()


async def test_complaints_and_bad_sentiment_raise_alarms(watched: ApiClient) -> None:
    def turns(intent: str, sentiment: str, count: int) -> dict[str, Any]:
        return {"turns": [{"intent": intent, "sentiment": sentiment}] * count}

    assert (await watched.post("/v1/turns", json=turns("track_order", "neutral", 500))).status == 200
    assert (await until(watched, lambda status: status.heard == 1_000))["alarms"] == []
    await watched.post("/v1/turns", json=turns("complaint", "negative", 300))
    live = await until(watched, lambda status: len({alarm.signal for alarm in status.alarms}) == 2)
    assert {alarm["signal"] for alarm in live["alarms"]} == {"complaints", "sentiment"}
    assert any("complaints went from" in alarm["text"] for alarm in live["alarms"])
    metrics = await (await watched.get("/metrics")).text()
    assert 'promobot_live_alarms{signal="complaints"} 0.0' not in metrics


async def test_answers_move_acceptance_and_end_a_plan_that_hardly_anybody_takes(
    watched: ApiClient, clock: Clock, storage: SqlStorage
) -> None:
    plans = watched.app[PLANS]
    at = {"starts_at": clock().isoformat(), "ends_at": (clock() + timedelta(days=14)).isoformat()}
    plan = body()
    plan["promotions"] = [promotion | at for promotion in plan["promotions"]]
    plan["offers"] = [offer | at for offer in plan["offers"]]
    await plans.propose("p1", plan, actor="eve")
    await plans.approve("p1", actor="eve")
    for number in range(80):
        decided = await decide(watched, f"r{number}")
        if decided["offer"] is not None:
            path = f"/v1/decisions/{decided['decision_id']}"
            conversation = {"conversation_id": f"c-r{number}"}
            await watched.post(f"{path}/exposure", json=conversation)
            await watched.post(f"{path}/outcome", json=conversation | {"outcome": "declined"})
    live = await until(watched, lambda status: status.stopped)
    (stopped,) = live["stopped"]
    assert (stopped["plan_id"], stopped["promotion_id"]) == ("p1", "p1-1")
    assert "0 of " in stopped["reason"]
    assert "p1-1-offer" not in await offered(watched, "later")
    async with storage.read() as unit:
        ended = await unit.promotions.get("p1-1")
    assert ended is not None and ended.state_at(clock()).value == "ended"


async def test_a_watch_that_breaks_touches_no_decision_and_is_made_anew(
    watched: ApiClient, clock: Clock, monitors: list[ShopMonitor], breakage: Breakage, monkeypatch: pytest.MonkeyPatch
) -> None:
    breakage.lasts = True
    monkeypatch.setattr(monitors[-1], "feed", breakage.check)
    events = [purchase(1, "ben", clock)]
    assert (await watched.post("/v1/events", json={"events": events})).status == 200
    broken = await until(watched, lambda status: status.failure is not None)
    assert (broken["ready"], broken["failure"]) == (False, "RuntimeError: the watch stops here")
    assert (await decide(watched, "meanwhile"))["decision_id"]
    breakage.lasts = False
    live = await until(watched, lambda status: status.ready and status.failure is None)
    assert live["segments"] == {"lapsing": 1, "regular": 1}, "the purchase is counted from the database"


async def test_wrong_turns_are_refused(client: ApiClient) -> None:
    refused: list[dict[str, Any]] = [
        {"turns": []},
        {"turns": [{"sentiment": "furious"}]},
        {"turns": [{"text": "secret"}]},
    ]
    for wrong in refused:
        response = await client.post("/v1/turns", json=wrong)
        assert (response.status, (await response.json())["code"]) == (400, "invalid_request")


async def test_an_engine_without_a_watch_says_so(client: ApiClient) -> None:
    live = await (await client.get("/v1/live")).json()
    assert (live["ready"], live["heard"], live["alarms"]) == (False, 0, [])
