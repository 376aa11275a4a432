"""GET /admin/api/openapi.json describes the console's API to whoever may read."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.integration.gateway.admin_client import Person, SignIn
from tests.integration.gateway.played_servers import EngineServer
from tests.integration.gateway.running_gateway import Gateway


@pytest.fixture(scope="module")
def engine_document() -> dict[str, Any]:
    """The engine's document, from its command."""
    command = [sys.executable, "-m", "promo_engine.cli", "openapi"]
    document: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return document


async def test_readers_get_the_document_with_the_engines_schemas(
    gateway: Gateway, engine: EngineServer, person: SignIn, engine_document: dict[str, Any]
) -> None:
    engine.openapi_document = engine_document
    viewer = await person("viewer")
    status, document = await viewer.ask("GET", "openapi.json")
    assert (status, document["openapi"]) == (200, "3.1.0")
    assert {"ConversationPage", "VersionsReply"} <= document["components"]["schemas"].keys()
    assert (await Person(gateway).ask("GET", "openapi.json"))[0] == 401


async def test_an_engine_of_another_version_is_said_so(gateway: Gateway, engine: EngineServer, person: SignIn) -> None:
    engine.openapi_document = {"paths": {}}
    viewer = await person("viewer")
    status, refused = await viewer.ask("GET", "openapi.json")
    assert (status, refused["code"]) == (503, "engine_unavailable")
