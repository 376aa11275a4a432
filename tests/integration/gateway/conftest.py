"""A real gateway between a real WebSocket client and servers that play the bot and the engine over the network."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.app import create_app
from gateway.settings import Settings

CONTRACTS = Path(__file__).parents[2] / "contract"
CHANNEL_SECRET = "channel-secret-of-the-tests-0123456789"
TOKEN_SECRET = "token-secret-of-the-tests-0123456789abc"
ADMIN_TOKEN = "admin-token-of-the-tests-0123456789abcd"


def contract(name: str) -> dict[str, Any]:
    return json.loads((CONTRACTS / f"{name}.json").read_text())


def plain_reply(text: str = "Hello.", **more: Any) -> dict[str, Any]:
    return {
        "messages": [{"text": text, "buttons": [], "custom": None}],
        "parse": {"intent": {"name": "greet", "confidence": 0.9}, "intent_ranking": [], "entities": []},
        "actions": ["utter_greet"],
        "slots": {},
        **more,
    }


class BotServer:
    """Plays Rasa's channel. `answer` may be replaced by a test; every request is kept."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.at_work: dict[str, int] = {}
        self.most_at_work = 0
        self.ready = True
        self.answer: Callable[[dict[str, Any]], Awaitable[tuple[int, Any]]] = self.echo

    async def echo(self, turn: dict[str, Any]) -> tuple[int, Any]:
        return 200, plain_reply(f"You said: {turn['text']}")

    async def turn(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Promobot-Secret") != CHANNEL_SECRET:
            wrong = contract("bot")["wrong_secret"]
            return web.json_response(wrong["response"], status=wrong["status"])
        turn = await request.json()
        self.requests.append(turn)
        conversation = turn["metadata"]["conversation_id"]
        self.at_work[conversation] = self.at_work.get(conversation, 0) + 1
        self.most_at_work = max(self.most_at_work, self.at_work[conversation])
        try:
            status, body = await self.answer(turn)
        finally:
            self.at_work[conversation] -= 1
        return web.json_response(body, status=status)

    async def is_ready(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ready", "model_id": "m"}, status=200 if self.ready else 503)


class EngineServer:
    """Plays the promo engine's few endpoints that the gateway uses."""

    def __init__(self) -> None:
        self.exposures: list[tuple[str, dict[str, Any]]] = []
        self.exposed = asyncio.Event()
        self.failures_left = 0
        self.baskets: list[dict[str, Any]] = []
        self.turns: list[dict[str, Any]] = []
        self.told = asyncio.Event()

    async def exposure(self, request: web.Request) -> web.Response:
        if self.failures_left:
            self.failures_left -= 1
            return web.json_response({"code": "x", "message": "x", "field": None}, status=503)
        self.exposures.append((request.match_info["decision_id"], await request.json()))
        self.exposed.set()
        return web.json_response(contract("engine")["exposure"]["response"])

    async def customers(self, _request: web.Request) -> web.Response:
        return web.json_response(contract("engine")["customers"]["response"])

    async def orders(self, request: web.Request) -> web.Response:
        if request.match_info["customer_id"] == "nobody":
            unknown = contract("engine")["unknown_customer"]
            return web.json_response(unknown["response"], status=unknown["status"])
        return web.json_response(contract("engine")["orders_of_customer"]["response"])

    async def products(self, _request: web.Request) -> web.Response:
        return web.json_response(contract("engine")["products"]["response"])

    async def product(self, request: web.Request) -> web.Response:
        known = contract("engine")["product"]
        if request.match_info["product_id"] == known["response"]["product"]["product_id"]:
            return web.json_response(known["response"])
        unknown = {"code": "unknown_product", "message": "There is no such product.", "field": "product_id"}
        return web.json_response(unknown, status=404)

    async def quote(self, request: web.Request) -> web.Response:
        self.baskets.append(await request.json())
        return web.json_response(contract("engine")["quote"]["response"])

    async def redeem(self, request: web.Request) -> web.Response:
        self.baskets.append(await request.json())
        return web.json_response(contract("engine")["redeem"]["response"])

    async def turn(self, request: web.Request) -> web.Response:
        self.turns += (await request.json())["turns"]
        self.told.set()
        return web.json_response(contract("engine")["turns"]["response"])

    async def ready(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ready"})


class Widget:
    """A WebSocket client that speaks as the widget does."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, **frame: Any) -> None:
        await self.socket.send_json(frame)

    async def receive(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self.socket.receive_json(timeout=10)
        return frame

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Frames up to and including the next one of this type."""
        frames = [await self.receive()]
        while frames[-1]["type"] != kind:
            frames.append(await self.receive())
        return frames

    async def hello(self, token: str, conversation_id: str | None = None, after_seq: int = 0) -> dict[str, Any]:
        await self.send(type="hello", token=token, conversation_id=conversation_id, after_seq=after_seq)
        return await self.receive()

    async def say(self, text: str, client_message_id: str | None = None) -> list[dict[str, Any]]:
        """One whole turn."""
        await self.send(type="message", client_message_id=client_message_id or str(uuid.uuid4()), text=text)
        return await self.until("turn_end")

    async def press(self, button_token: str, client_message_id: str | None = None) -> None:
        await self.send(
            type="button", client_message_id=client_message_id or str(uuid.uuid4()), button_token=button_token
        )


def messages_of(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [frame for frame in frames if frame["type"] == "message"]


class Gateway:
    """A gateway that a test can stop and start again on the same log."""

    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        self.settings = settings
        self.http = http
        self.server: TestServer | None = None
        self.app: web.Application | None = None

    async def start(self) -> None:
        self.app = create_app(self.settings)
        self.server = TestServer(self.app)
        await self.server.start_server()

    async def stop(self) -> None:
        if self.server is not None:
            await self.server.close()
            self.server = None

    def url(self, path: str) -> str:
        assert self.server is not None
        return str(self.server.make_url(path))

    async def token(self, household_id: str | None = "1228") -> str:
        async with self.http.post(self.url("/api/session"), json={"household_id": household_id}) as response:
            assert response.status == 200, await response.text()
            return (await response.json())["token"]

    async def conversation(self, conversation_id: str) -> dict[str, Any]:
        """What an admin sees of it."""
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        path = f"/admin/api/conversations/{conversation_id}"
        async with self.http.get(self.url(path), headers=headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def widget(self) -> Widget:
        return Widget(await self.http.ws_connect(self.url("/ws")))

    async def chat(self, household_id: str | None = "1228") -> tuple[Widget, dict[str, Any]]:
        widget = await self.widget()
        return widget, await widget.hello(await self.token(household_id))


@pytest.fixture
async def bot() -> AsyncIterator[BotServer]:
    bot = BotServer()
    app = web.Application()
    app.router.add_post("/webhooks/gateway/turn", bot.turn)
    app.router.add_get("/webhooks/gateway/ready", bot.is_ready)
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
    return Settings(
        gateway_database_url=f"sqlite+aiosqlite:///{tmp_path}/gateway.db",
        rasa_url=bot.url,
        engine_url=engine.url,
        web_dir=web_dir,
        channel_secret=CHANNEL_SECRET,
        token_secret=TOKEN_SECRET,
        admin_token=ADMIN_TOKEN,
        rate_limit_frames=10_000,
        handover_refresh_s=0.02,
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
