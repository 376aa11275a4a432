"""Fixtures: a gateway between a real WebSocket client and servers that play the bot and the engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import HttpUrl, SecretStr

from gateway.settings import Settings
from tests.integration.gateway.admin_client import Person, SignIn, add_admin
from tests.integration.gateway.played_servers import CHANNEL_SECRET, BotServer, EngineServer
from tests.integration.gateway.running_gateway import ADMIN_TOKEN, TOKEN_SECRET, Gateway
from tests.support.waiting import PATIENCE_S


@pytest.fixture
async def bot() -> AsyncIterator[BotServer]:
    bot = BotServer()
    app = web.Application()
    app.router.add_post("/webhooks/gateway/turn", bot.turn)
    app.router.add_get("/webhooks/gateway/ready", bot.is_ready)
    app.router.add_get("/webhooks/gateway/model", bot.show_model)
    app.router.add_put("/webhooks/gateway/model", bot.serve_model)
    server = TestServer(app)
    await server.start_server()
    bot.url = str(server.make_url("/"))
    yield bot
    await server.close()


@pytest.fixture
async def engine() -> AsyncIterator[EngineServer]:
    engine = EngineServer()
    app = web.Application()
    app.router.add_post("/v1/decisions/{decision_id}/exposure", engine.exposure)
    app.router.add_post("/v1/turns", engine.turn)
    app.router.add_get("/v1/customers", engine.customers)
    app.router.add_get("/v1/products", engine.products)
    app.router.add_get("/v1/products/{product_id}", engine.product)
    app.router.add_post("/v1/baskets/quote", engine.quote)
    app.router.add_post("/v1/redemptions", engine.redeem)
    app.router.add_get("/v1/customers/{customer_id}/orders", engine.orders)
    app.router.add_delete("/v1/customers/{customer_id}", engine.forget)
    app.router.add_get("/v1/privacy-requests", engine.privacy_requests)
    app.router.add_post("/v1/code-news", engine.code_news)
    app.router.add_post("/v1/code-news/{decision_id}/dropped", engine.drop_code_news)
    app.router.add_get("/openapi.json", engine.openapi)
    app.router.add_get("/ready", engine.ready)
    server = TestServer(app)
    await server.start_server()
    engine.url = str(server.make_url("/"))
    yield engine
    await server.close()


@pytest.fixture
def web_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Shop</title>")
    (folder / "widget.js").write_text("export {}")
    (folder / "panel.js").write_text("export {}")
    (folder / "assets" / "page-1a2b.js").write_text("export {}")
    (folder / "console" / "assets").mkdir(parents=True)
    (folder / "console" / "index.html").write_text("<!doctype html><title>Console</title>")
    return folder


@pytest.fixture
def settings(bot: BotServer, engine: EngineServer, web_dir: Path, tmp_path: Path) -> Settings:
    shop_file = tmp_path / "shop.yml"
    shop_file.write_text("returns: {days: 14}\n")
    return Settings(
        shop_file=shop_file,
        gateway_database_url=f"sqlite+aiosqlite:///{tmp_path}/gateway.db",
        rasa_url=HttpUrl(bot.url),
        engine_url=HttpUrl(engine.url),
        web_dir=web_dir,
        channel_secret=SecretStr(CHANNEL_SECRET),
        token_secret=SecretStr(TOKEN_SECRET),
        admin_token=SecretStr(ADMIN_TOKEN),
        rate_limit_frames=10_000,
        # Client, gateway, bot and engine share one event loop: the usual seconds would measure the machine.
        bot_timeout_s=PATIENCE_S,
        engine_timeout_s=PATIENCE_S,
        hello_timeout_s=PATIENCE_S,
        heartbeat_s=PATIENCE_S,
        handover_refresh_s=0.02,
        code_news_refresh_s=0.02,
        argon2_memory_kib=8 * 8,  # a strong hash would only slow the tests
    )


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[Gateway]:
    async with aiohttp.ClientSession() as http:
        gateway = Gateway(settings, http)
        await gateway.start()
        yield gateway
        await gateway.stop()


def _postgres_program(name: str) -> str:
    found = shutil.which(name) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    assert found is not None, f"{name} is missing: install the Debian package postgresql"
    return found


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """A PostgreSQL cluster of this test run, reached over a socket in its own folder."""
    # PostgreSQL refuses to run as root; the Debian package brings a user for it.
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="gateway-postgres-"))
    if prefix:
        shutil.chown(folder, "postgres")
    cluster = folder / "cluster"

    def run(*command: str) -> None:
        subprocess.run([*prefix, *command], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    run(_postgres_program("initdb"), "-D", str(cluster), "-U", "promobot", "--auth=trust", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    run(_postgres_program("pg_ctl"), "-D", str(cluster), "-o", options, "-w", "-l", str(folder / "log"), "start")
    try:
        yield folder
    finally:
        run(_postgres_program("pg_ctl"), "-D", str(cluster), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_socket: Path) -> str:
    """A new, empty database."""
    name = f"test_{uuid.uuid4().hex}"
    command = [_postgres_program("psql"), "-h", str(postgres_socket), "-U", "promobot", "-d", "postgres"]
    subprocess.run([*command, "-qc", f"CREATE DATABASE {name}"], check=True)
    return f"postgresql+asyncpg://promobot@/{name}?host={postgres_socket}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each backend in its turn."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/log.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def person(gateway: Gateway) -> Any:
    """Signs somebody in under a role."""

    async def sign_in(role: str) -> Any:
        await add_admin(gateway, role, role)
        admin = Person(gateway)
        assert (await admin.sign_in(role))[0] == 200
        return admin

    return sign_in


@pytest.fixture
async def ada(gateway: Gateway, person: SignIn) -> Any:
    return await person("admin")
