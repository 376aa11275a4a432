"""An offer with every field there is, over HTTP into both databases and out again, through plan and history."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from promo_engine.api.promotions.offer_endpoints import ManagedOfferReply
from promo_engine.api.promotions.promotion_endpoints import shown_limits
from promo_engine.app import create_app
from promo_engine.domain.errors import InvalidRequest
from promo_engine.domain.offers.promotions import LifecycleState
from promo_engine.ports.models import Models
from promo_engine.services.plans.plan_service import PlanService
from promo_engine.services.promotions.offer_history import OfferHistory
from promo_engine.services.promotions.promotion_service import PromotionService
from promo_engine.settings import Settings
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.fakes import AveragingPolicy, Clock, CountingCustomerModel, MeanAttribution
from tests.support.full_offer import category_name, full_managed_offer
from tests.support.small_shop import NOW

FULL = full_managed_offer()
OFFER_ID = FULL.offer.offer_id


def written(**changes: Any) -> dict[str, Any]:
    """The offer as it is sent."""
    reply = ManagedOfferReply.of(
        FULL.offer,
        category_name=category_name,
        state=LifecycleState.DRAFT,
        limits=shown_limits(FULL.limits),
        version=1,
    )
    body: dict[str, Any] = json.loads(reply.model_dump_json(exclude={"state", "version"}))
    return body | changes


@pytest.fixture
def models(model: CountingCustomerModel, policy: AveragingPolicy) -> Models:
    return Models(
        customer_model=model,
        initial_policy=policy,
        unpack_policy=AveragingPolicy.from_bytes,
        attribution=MeanAttribution(),
    )


@pytest.fixture
async def client(
    database_url: str, models: Models, tmp_path: Path, clock: Clock, aiohttp_client: AiohttpClient
) -> TestClient[Any, Any]:
    settings = Settings(engine_database_url=database_url, model_dir=tmp_path, pairings=tmp_path / "pairings.json")
    return await aiohttp_client(create_app(settings, models=lambda _path: models, clock=clock))


async def test_over_http_into_the_table_and_back(storage: SqlStorage, client: TestClient[Any, Any]) -> None:
    response = await client.post("/v1/offers", json=written())
    assert response.status == 200, await response.text()
    async with storage.read() as unit:
        stored = await unit.promotions.offer(OFFER_ID)
        assert stored is not None
        assert (stored.offer, stored.limits) == (FULL.offer, FULL.limits)
        assert FULL.offer in await unit.catalogue.offers()
    shown = await (await client.get(f"/v1/offers/{OFFER_ID}")).json()
    assert {name: shown[name] for name in written()} == written()
    changed = await client.put(
        f"/v1/offers/{OFFER_ID}",
        json={name: value for name, value in written(title="New").items() if name != "offer_id"},
        headers={"If-Match": '"1"'},
    )
    assert changed.status == 200, await changed.text()
    audit = await (await client.get("/v1/promotions/autumn/audit")).json()
    assert audit["entries"][-1]["changes"] == {"title": [FULL.offer.title, "New"]}


async def test_through_the_offer_file_and_the_record_of_changes(storage: SqlStorage, clock: Clock) -> None:
    service = PromotionService(storage, clock=clock)
    async with storage.write() as unit:
        promotion = await unit.promotions.get("autumn")
        assert promotion is not None
        await service.load(unit, promotions=[promotion], offers=[FULL.offer], actor="eve")
    async with storage.read() as unit:
        assert FULL.offer in await unit.catalogue.offers()
        before = NOW - timedelta(seconds=1)
        history = OfferHistory(await unit.catalogue.offers(), await unit.promotions.audit_since(before))
    (then,) = history.candidates([OFFER_ID], at=NOW)
    assert then == FULL.offer


def plan(**changes: Any) -> dict[str, Any]:
    window = {name: written()[name] for name in ("starts_at", "ends_at")}
    return {
        "promotions": [{"promotion_id": "p1", "name": "Plan", **window}],
        "offers": [written(promotion_id="p1") | changes],
        "audiences": {"p1": ["anna"]},
        "stop_rules": {"min_acceptance": 0.01},
    }


async def test_through_a_plan(storage: SqlStorage, clock: Clock) -> None:
    promotions = PromotionService(storage, clock=clock)
    plans = PlanService(storage, promotions=promotions, clock=clock)
    proposed = await plans.propose("p1", plan(), actor="eve")
    assert await plans.get("p1") == proposed
    await plans.approve("p1", actor="eve")
    live, _ = await promotions.offer(OFFER_ID)
    assert (live.offer.promotion_id, live.limits) == ("p1", FULL.limits)
    assert vars(live.offer) | {"promotion_id": "autumn"} == vars(FULL.offer)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit_cost_cents": 10**11}, "offer full-1: unit_cost_cents: input should be less than or equal to"),
        ({"colour": "red"}, "offer full-1: colour: there is no such field"),
    ],
)
async def test_a_plan_says_in_one_line_what_is_wrong_with_an_offer(
    storage: SqlStorage, clock: Clock, changes: dict[str, Any], words: str
) -> None:
    plans = PlanService(storage, promotions=PromotionService(storage, clock=clock), clock=clock)
    with pytest.raises(InvalidRequest, match=words) as refused:
        await plans.propose("p1", plan(**changes), actor="eve")
    assert refused.value.code == "invalid_plan"
    assert "\n" not in refused.value.message
