from collections.abc import AsyncIterator

import pytest

from actions.engine_client import close_clients
from tests.unit.actions.scripted_engine import ScriptedEngine


@pytest.fixture
async def engine(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ScriptedEngine]:
    scripted = ScriptedEngine()
    await scripted.server.start_server()
    monkeypatch.setenv("PROMOBOT_ENGINE_URL", str(scripted.server.make_url("")))
    yield scripted
    scripted.hold.set()
    await close_clients()
    await scripted.server.close()


@pytest.fixture
async def no_engine(monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int) -> AsyncIterator[None]:
    monkeypatch.setenv("PROMOBOT_ENGINE_URL", f"http://127.0.0.1:{unused_tcp_port}")
    yield
    await close_clients()
