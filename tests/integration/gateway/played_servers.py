"""Servers that play the bot and the engine over the network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

CONTRACTS = Path(__file__).parents[2] / "contract"


CHANNEL_SECRET = "channel-secret-of-the-tests-0123456789"


def contract(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((CONTRACTS / f"{name}.json").read_text())
    return content


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
        self.url = ""
        """Where it listens."""
        self.requests: list[dict[str, Any]] = []
        self.at_work: dict[str, int] = {}
        self.most_at_work = 0
        self.ready = True
        self.model = "trained-by-hand.tar.gz"
        """The archive that serves."""
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

    async def show_model(self, _request: web.Request) -> web.Response:
        return web.json_response({"model": self.model})

    async def serve_model(self, request: web.Request) -> web.Response:
        assert request.headers["X-Promobot-Secret"] == CHANNEL_SECRET
        self.model = (await request.json())["model"]
        return web.json_response({"model": self.model})


class EngineServer:
    """Plays the promo engine's few endpoints that the gateway uses."""

    def __init__(self) -> None:
        self.url = ""
        """Where it listens."""
        self.openapi_document: dict[str, Any] = {}
        self.exposures: list[tuple[str, dict[str, Any]]] = []
        self.exposed = asyncio.Event()
        self.failures_left = 0
        self.forgotten: list[tuple[str, str]] = []
        self.baskets: list[dict[str, Any]] = []
        self.currency = contract("engine")["product"]["response"]["currency"]
        """In which a product's price is told."""
        self.currencies: list[str | None] = []
        """In which currency products were asked for."""
        self.turns: list[dict[str, Any]] = []
        self.reported = asyncio.Event()
        self.news: list[dict[str, str]] = []
        """Of codes, each told once, as if a minute never passed."""
        self.dropped_news: asyncio.Queue[str] = asyncio.Queue()

    async def code_news(self, _request: web.Request) -> web.Response:
        claimed, self.news = self.news, []
        return web.json_response({"news": claimed})

    async def drop_code_news(self, request: web.Request) -> web.Response:
        self.dropped_news.put_nowait(request.match_info["decision_id"])
        return web.json_response({"decision_id": request.match_info["decision_id"]})

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

    async def forget(self, request: web.Request) -> web.Response:
        if self.failures_left:
            self.failures_left -= 1
            return web.json_response({"code": "x", "message": "x", "field": None}, status=503)
        self.forgotten.append((request.match_info["customer_id"], request.headers["X-Actor"]))
        return web.json_response(contract("engine")["forget_customer"]["response"])

    async def privacy_requests(self, _request: web.Request) -> web.Response:
        return web.json_response({"requests": []})

    async def products(self, request: web.Request) -> web.Response:
        self.currencies.append(request.query.get("currency"))
        return web.json_response(contract("engine")["products"]["response"])

    async def product(self, request: web.Request) -> web.Response:
        self.currencies.append(request.query.get("currency"))
        known = contract("engine")["product"]
        if request.match_info["product_id"] == known["response"]["product"]["product_id"]:
            return web.json_response({**known["response"], "currency": self.currency})
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
        self.reported.set()
        return web.json_response(contract("engine")["turns"]["response"])

    async def openapi(self, _request: web.Request) -> web.Response:
        return web.json_response(self.openapi_document)

    async def ready(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ready"})
