import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from common.errors import StartError
from promo_engine.api.routes import ENDPOINTS
from promo_engine.app import create_app
from promo_engine.ports.models import Models
from promo_engine.settings import Settings, SettingsError, read_settings
from promo_engine.storage.migrate import newest_revision
from promo_engine.storage.repositories.decisions.sql_decisions import SqlDecisions
from tests.support.api_client import ApiClient

DECIDE: dict[str, Any] = {
    "conversation_id": "c-1",
    "request_id": "m-1",
    "customer_id": "anna",
    "conversation_context": {"trigger": "after_service"},
}


async def test_alive_and_ready(client: ApiClient) -> None:
    assert await (await client.get("/health")).json() == {"status": "alive"}
    assert await (await client.get("/ready")).json() == {"status": "ready", "waiting_categories": 0}


async def test_not_ready_while_a_decision_cannot_be_made(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_of: object, **_named: object) -> None:
        raise TypeError("the driver has no such attribute")

    monkeypatch.setattr(SqlDecisions, "answered_offers", broken)
    response = await client.get("/ready")
    assert response.status == 503
    message = "A decision cannot be made: TypeError: the driver has no such attribute"
    assert await response.json() == {"code": "not_ready", "message": message, "field": None}


async def test_not_ready_without_a_learner(client: ApiClient) -> None:
    learning = next(task for task in asyncio.all_tasks() if task.get_name() == "learner")
    learning.cancel()
    await asyncio.gather(learning, return_exceptions=True)
    response = await client.get("/ready")
    assert response.status == 503
    assert await response.json() == {"code": "not_ready", "message": "The learner is not running.", "field": None}


async def test_metrics_count_what_happened(client: ApiClient) -> None:
    decision = await (await client.post("/v1/decisions", json=DECIDE)).json()
    path = f"/v1/decisions/{decision['decision_id']}/outcome"
    await client.post(path, json={"conversation_id": "c-1", "outcome": "accepted"})
    text = await (await client.get("/metrics")).text()
    assert 'promobot_decisions_total{result="offer"} 1.0' in text
    assert 'promobot_outcomes_total{outcome="accepted"} 1.0' in text
    assert re.search(r'request_seconds_count\{method="POST",route="/v1/decisions",status="200"\} 1.0', text)
    assert 'route="/v1/decisions/{decision_id}/outcome"' in text
    assert "promobot_learner_lag_seconds" in text


async def test_the_openapi_document_names_every_endpoint_and_schema(client: ApiClient) -> None:
    document = await (await client.get("/openapi.json")).json()
    assert {(method.upper(), path) for path, operations in document["paths"].items() for method in operations} == {
        (endpoint.method, endpoint.path) for endpoint in ENDPOINTS
    }
    named = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert named <= set(document["components"]["schemas"])


async def test_the_document_links_what_is_made_to_what_can_be_done_with_it(client: ApiClient) -> None:
    paths = (await (await client.get("/openapi.json")).json())["paths"]
    links = paths["/v1/decisions"]["post"]["responses"]["200"]["links"]
    assert links["record_outcome"] == {
        "operationId": "record_outcome",
        "parameters": {"decision_id": "$response.body#/decision_id"},
        "requestBody": {"conversation_id": "$request.body#/conversation_id"},
    }
    assert "cancel_redemption" in paths["/v1/redemptions"]["post"]["responses"]["200"]["links"]


async def test_a_new_customer_can_be_made_and_served(client: ApiClient) -> None:
    for created in (True, False):
        response = await client.put("/v1/customers/carla", json={"demographics": {"age": "25-34"}})
        assert await response.json() == {"customer_id": "carla", "created": created, "segments": []}
    for body, segments in (({"segments": ["vip", "club", "vip"]}, ["club", "vip"]), ({}, ["club", "vip"])):
        response = await client.put("/v1/customers/carla", json=body)
        assert (await response.json())["segments"] == segments
    refused = await client.put("/v1/customers/carla", json={"segments": [""]})
    assert (refused.status, (await refused.json())["field"]) == (400, "segments.0")
    decision = await (await client.post("/v1/decisions", json=DECIDE | {"customer_id": "carla"})).json()
    assert decision["offer"]["offer_id"] == "soft-drinks-15"


async def start_error(settings: Settings, **options: Any) -> str:
    runner = web.AppRunner(create_app(settings, **options))
    with pytest.raises(StartError) as failure:
        await runner.setup()
    await runner.cleanup()
    message = str(failure.value)
    assert "\n" not in message
    return message


async def test_a_missing_database_stops_the_start(tmp_path: Path, models: Models) -> None:
    settings = Settings(engine_database_url=f"sqlite+aiosqlite:///{tmp_path}/none.db")
    message = await start_error(settings, models=lambda _path: models)
    assert message == f"there is no database at {tmp_path}/none.db; run `promobot migrate`"
    assert not (tmp_path / "none.db").exists()


async def test_an_unmigrated_database_stops_the_start(tmp_path: Path, models: Models) -> None:
    (tmp_path / "empty.db").touch()
    settings = Settings(engine_database_url=f"sqlite+aiosqlite:///{tmp_path}/empty.db")
    message = await start_error(settings, models=lambda _path: models)
    assert f"has no tables yet, this engine needs {newest_revision()}; run `promobot migrate`" in message


async def test_something_else_than_a_database_stops_the_start(tmp_path: Path, models: Models) -> None:
    (tmp_path / "text.db").write_text("This is not a database. " * 100)
    settings = Settings(engine_database_url=f"sqlite+aiosqlite:///{tmp_path}/text.db")
    assert "file is not a database" in await start_error(settings, models=lambda _path: models)


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/shop"])
async def test_a_wrong_address_stops_the_start(url: str, models: Models) -> None:
    message = await start_error(Settings(engine_database_url=url), models=lambda _path: models)
    assert message.startswith("environment variable PROMOBOT_ENGINE_DATABASE_URL: ")


async def test_a_database_server_that_is_not_there_stops_the_start(models: Models) -> None:
    settings = Settings(engine_database_url="postgresql+asyncpg://me:secret@127.0.0.1:1/shop")
    message = await start_error(settings, models=lambda _path: models)
    assert "cannot be opened" in message
    assert "secret" not in message


async def test_missing_category_names_stop_the_start(database_url: str, tmp_path: Path, models: Models) -> None:
    settings = Settings(engine_database_url=database_url, category_names=tmp_path / "none.yml")
    message = await start_error(settings, models=lambda _path: models)
    assert (
        message
        == f"environment variable PROMOBOT_CATEGORY_NAMES: {tmp_path}/none.yml: there is no such file of category names"
    )


async def test_a_missing_model_stops_the_start(database_url: str, tmp_path: Path) -> None:
    settings = Settings(engine_database_url=database_url, model_dir=tmp_path / "nowhere")
    message = await start_error(settings)
    assert str(tmp_path / "nowhere") in message
    assert "run `" in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROMOBOT_ENGINE_PORT", "eighty"),
        ("PROMOBOT_HOLDOUT_BASIS_POINTS", "10001"),
        ("PROMOBOT_REWARD_WINDOW_S", "0"),
        ("PROMOBOT_SHOP_TIME_ZONE", "Mars/Base"),
    ],
)
def test_a_broken_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as failure:
        read_settings()
    assert f"{name}={value}: " in str(failure.value)
    assert "\n" not in str(failure.value)
