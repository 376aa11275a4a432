"""A real engine behind a real gateway, and a shop that sends webhooks and writes to both."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import HttpUrl, SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from common.clock import utc_now
from gateway import keys
from gateway.app import create_app as create_gateway
from gateway.settings import Settings as GatewaySettings
from promo_engine.api.http.keys import WEBHOOK_WORKER
from promo_engine.app import create_app as create_engine
from promo_engine.domain.connections.shop_sources import SourceKind, SourceScope, SourceSecrets, SourceSettings
from promo_engine.files.source_secrets import SecretsFile
from promo_engine.ports.connections.shop_adapter import ShopConnections
from promo_engine.ports.models import Models
from promo_engine.services.checkout.hosted_redemptions import HostedRedemptions
from promo_engine.services.connections.privacy_service import PrivacyService
from promo_engine.services.connections.shop_writer import ShopWriter
from promo_engine.services.connections.source_service import SourceService
from promo_engine.services.connections.state_rebuilder import StateRebuilder
from promo_engine.services.connections.webhook_worker import WebhookWorker
from promo_engine.settings import Settings as EngineSettings
from promo_engine.shops.connected_shops import ADAPTERS
from promo_engine.shops.signatures import sign
from promo_engine.storage import tables
from promo_engine.storage.database import open_database
from promo_engine.storage.sql_unit_of_work import SqlStorage
from promo_engine.storage.sqlite.in_place import reading
from tests.support.fakes import AveragingPolicy, Clock, CountingCustomerModel, MeanAttribution

DOMAIN = "berlin.myshopify.com"
SECRET = "the-app-secret-of-the-tests"
FIXTURES = Path(__file__).parents[3] / "shared" / "shops" / "shopify_json"
_TOKENS = "token-secret-of-the-tests-0123456789abc"


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any


@dataclass
class ConnectedShops:
    """Engine, gateway and what a shop sends them."""

    engine: web.Application
    gateway: web.Application
    engine_url: str
    gateway_url: str
    database: AsyncEngine
    clock: Clock
    http: aiohttp.ClientSession
    secrets: SecretsFile
    tokens: dict[str, str] = field(default_factory=dict)
    sent: int = 0

    async def connect(
        self,
        name: str,
        kind: SourceKind,
        *,
        scopes: frozenset[SourceScope] = frozenset(SourceScope),
        secret: str = SECRET,
        access_token: str = "",
        **settings: Any,
    ) -> str:
        """Add a source; its token."""
        service = SourceService(SqlStorage(self.database), clock=self.clock)
        chosen = {"currency": "EUR"} | settings
        token = await service.add(name, kind=kind, scopes=scopes, settings=SourceSettings(**chosen))
        self.secrets.save(name, SourceSecrets(secret, access_token))
        self.tokens[name] = token
        return token

    async def shopify(
        self,
        topic: str,
        body: Any,
        *,
        source: str = "berlin",
        delivery: str | None = None,
        raw: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """Send a webhook as Shopify does; `raw` is sent instead of what was signed."""
        content = json.dumps(body).encode()
        self.sent += 1
        signature = base64.b64encode(hmac.digest(SECRET.encode(), content, sha256)).decode()
        sent = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Shop-Domain": DOMAIN,
            "X-Shopify-Webhook-Id": delivery or f"delivery-{self.sent}",
            "Content-Type": "application/json",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.send("POST", f"/hooks/{source}", raw if raw is not None else content, sent)

    async def woocommerce(self, topic: str, body: Any, *, source: str = "blog", delivery: str | None = None) -> Answer:
        """Send a webhook as WooCommerce does."""
        content = json.dumps(body).encode()
        self.sent += 1
        sent = {
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Signature": base64.b64encode(hmac.digest(SECRET.encode(), content, sha256)).decode(),
            "X-WC-Webhook-Delivery-ID": delivery or f"delivery-{self.sent}",
            "Content-Type": "application/json",
        }
        return await self.send("POST", f"/hooks/{source}", content, sent)

    async def signed(self, message: Mapping[str, Any], *, source: str = "own", late_s: int = 0) -> Answer:
        """Send a webhook as a shop without a system of its own does; its clock is `late_s` behind."""
        content = json.dumps(message).encode()
        at = self.clock()
        header = sign(content, SECRET, at=at.fromtimestamp(at.timestamp() - late_s, tz=at.tzinfo))
        return await self.send("POST", f"/hooks/{source}", content, {"X-Promobot-Signature": header})

    async def write(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Answer:
        """Send a request to /shop/v1 under a source's token."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return await self.send(method, f"/shop/v1{path}", content, headers)

    async def send(self, method: str, path: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Send bytes to the gateway."""
        async with self.http.request(method, f"{self.gateway_url}{path}", data=content, headers=headers) as answer:
            return Answer(answer.status, await answer.json())

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Ask the engine itself, as gateway and actions do."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.request(method, f"{self.engine_url}{path}", json=body, headers=sent) as answer:
            return Answer(answer.status, await answer.json())

    @property
    def lease(self) -> timedelta:
        """Long enough that everything that waits is tried again."""
        return timedelta(hours=2)

    async def work(self) -> None:
        """Let the queue be worked off, as far as it is due."""
        while await self.engine[WEBHOOK_WORKER].work():
            pass

    def set_rate(self, per_minute: int) -> None:
        """Let a source's token send no more than this."""
        self.gateway[keys.SHOP_RATE].allow(per_minute)

    async def engine_keeps_house(self) -> None:
        """Let the worker delete what is too old."""
        await self.engine[WEBHOOK_WORKER].keep_house()

    async def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """Rows of a table of the engine."""
        found = tables.metadata.tables[table]
        query = select(found).where(*(found.c[name] == value for name, value in where.items()))
        async with reading(self.database) as connection:
            return [dict(row) for row in (await connection.execute(query)).mappings()]


def models() -> Models:
    """Hand-made models."""
    return Models(
        customer_model=CountingCustomerModel(),
        initial_policy=AveragingPolicy(no_offer_share=0.0),
        unpack_policy=AveragingPolicy.from_bytes,
        attribution=MeanAttribution(),
    )


def worker_of(database_url: str, folder: Path) -> WebhookWorker:
    """What works the queue off in a process of its own."""
    clock = utc_now
    storage = SqlStorage(open_database(database_url))
    writer = ShopWriter(
        states=StateRebuilder(CountingCustomerModel()),
        privacy=PrivacyService(storage, clock=clock),
        redemptions=HostedRedemptions(clock=clock),
        clock=clock,
    )
    shops = ShopConnections(ADAPTERS, SecretsFile(folder / "shop_secrets.json"))
    return WebhookWorker(storage, shops=shops, writer=writer, clock=clock)


@asynccontextmanager
async def connected_shops(
    database_url: str, database: AsyncEngine, folder: Path, clock: Clock, *, pages: Path | None = None
) -> AsyncIterator[ConnectedShops]:
    """Start engine and gateway on a migrated database; the queue is worked off by `work` alone.

    The gateway serves the built `pages`; by default empty ones.
    """
    secrets = folder / "shop_secrets.json"
    engine = create_engine(
        EngineSettings(
            engine_database_url=database_url,
            model_dir=folder,
            holdout_basis_points=0,
            shop_secrets=secrets,
            shop_currency="EUR",
        ),
        models=lambda _path: models(),
        clock=clock,
    )
    engine_server = TestServer(engine)
    await engine_server.start_server()
    gateway = create_gateway(
        GatewaySettings(
            gateway_database_url=f"sqlite+aiosqlite:///{folder}/gateway.db",
            engine_url=HttpUrl(str(engine_server.make_url("/"))),
            rasa_url=HttpUrl("http://127.0.0.1:9/"),
            web_dir=pages or _pages(folder),
            channel_secret=SecretStr("channel-secret-of-the-tests-0123456789"),
            token_secret=SecretStr(_TOKENS),
            admin_token=SecretStr("admin-token-of-the-tests-0123456789abcd"),
            argon2_memory_kib=64,
        )
    )
    gateway_server = TestServer(gateway)
    await gateway_server.start_server()
    async with aiohttp.ClientSession() as http:
        yield ConnectedShops(
            engine=engine,
            gateway=gateway,
            engine_url=str(engine_server.make_url("")).rstrip("/"),
            gateway_url=str(gateway_server.make_url("")).rstrip("/"),
            database=database,
            clock=clock,
            http=http,
            secrets=SecretsFile(secrets),
        )
    await gateway_server.close()
    await engine_server.close()


def _pages(folder: Path) -> Path:
    pages = folder / "dist"
    (pages / "console" / "assets").mkdir(parents=True)
    for name in ("index.html", "widget.js", "panel.js", "console/index.html"):
        (pages / name).write_text("")
    return pages


def fixture(name: str) -> Any:
    """A body of Shopify's own test data, as its webhooks send it: without the name around it."""
    content = json.loads((FIXTURES / f"{name}.json").read_text())
    return content.get(name, content)
