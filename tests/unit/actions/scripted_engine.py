"""The promo engine as its contract describes it, over real HTTP, and one action run against it."""

import asyncio
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

CONTRACT = json.loads(Path("tests/contract/engine.json").read_text())
DECISION_ID = CONTRACT["decide"]["response"]["decision_id"]
UNKNOWN_ORDER = {"code": "unknown_order", "message": "There is no such order.", "field": "number"}
ORDER_ID = CONTRACT["order"]["response"]["order_id"]


class ScriptedEngine:
    """A real HTTP server that answers with the contract's bodies, on the promo engine's paths.

    `plan("decide", …)` changes what one call answers; `requests` keeps every request as (name, body or query).
    """

    ROUTES = (
        ("decide", "POST", "/v1/decisions"),
        ("decision_offer", "GET", "/v1/decisions/{decision_id}/offer"),
        ("exposure", "POST", "/v1/decisions/{decision_id}/exposure"),
        ("outcome", "POST", "/v1/decisions/{decision_id}/outcome"),
        ("products_of_offer", "GET", "/v1/offers/{offer_id}/products"),
        ("pairings", "GET", "/v1/pairings"),
        ("products", "GET", "/v1/products"),
        ("product", "GET", "/v1/products/{product_id}"),
        ("stop_promotions", "PUT", "/v1/customers/{customer_id}/promotions"),
        ("stop_promotions_here", "PUT", "/v1/conversations/{conversation_id}/promotions"),
        ("order", "POST", "/v1/order-lookups"),
        ("order_numbers", "GET", "/v1/order-numbers"),
        ("orders_of_customer", "GET", "/v1/customers/{customer_id}/orders"),
        ("ask_for_change", "POST", "/v1/change-requests"),
        ("customer_lookup", "POST", "/v1/customer-lookups"),
        ("product_variants", "GET", "/v1/products/{product_id}/variants"),
    )

    def __init__(self) -> None:
        self.requests: list[tuple[str, Any]] = []
        self.hold = asyncio.Event()
        self._planned: dict[str, list[tuple[int, Any]]] = {}
        self._orders: dict[str, Any] = {}
        app = web.Application()
        for name, method, path in self.ROUTES:
            app.router.add_route(method, path, self._handler(name))
        self.server = TestServer(app, host="127.0.0.1")

    def plan(self, name: str, body: Any = None, *, status: int = 200, of: str | None = None, **changes: Any) -> None:
        """The next call of `name` answers `body`, or the contract's body of `of` with `changes`; the last one stays."""
        if body is None:
            body = {**copy.deepcopy(CONTRACT[of or name]["response"]), **changes}
        self._planned.setdefault(name, []).append((status, body))

    def have_orders(self, *orders: dict[str, Any]) -> None:
        """The customer has exactly these orders: the contract's with changes, the newest first."""
        bodies = [{**copy.deepcopy(CONTRACT["order"]["response"]), **changes} for changes in orders]
        self._orders = {body["number"]: body for body in bodies}
        self.plan("orders_of_customer", orders=bodies)

    def forget_plans(self) -> None:
        """Answer as the contract does again."""
        self._planned.clear()
        self._orders.clear()

    def plan_to_hang(self, name: str) -> None:
        """The next call of `name` gets no answer while the test runs."""
        self._planned.setdefault(name, []).append((0, None))

    def received(self, name: str) -> list[Any]:
        """Bodies or queries of the calls of `name`, oldest first."""
        return [request for called, request in self.requests if called == name]

    def _handler(self, name: str) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.Response:
            received = await request.json() if request.can_read_body else {**request.match_info, **request.query}
            self.requests.append((name, received))
            planned = self._planned.get(name)
            if name == "order" and self._orders and not planned:
                found = self._orders.get(received["number"])
                return web.json_response(found or UNKNOWN_ORDER, status=200 if found else 404)
            if planned:
                status, body = planned.pop(0) if len(planned) > 1 else planned[0]
            else:
                status = CONTRACT.get(name, {}).get("status", 200)
                body = self._contract_answer(name, received)
            if status == 0:
                await self.hold.wait()
            return web.json_response(body, status=status or 200)

        return answer

    def _contract_answer(self, name: str, received: Any) -> Any:
        if name == "outcome":
            name = "accept" if received["outcome"] == "accepted" else "decline"
        return CONTRACT[name]["response"]


class Said:
    """What one action did: its utterances and the slots it set."""

    def __init__(self, messages: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
        self.messages = messages
        self.events = events
        self.slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}

    @property
    def text(self) -> str | None:
        text: str | None = self.messages[0]["text"]
        return text

    @property
    def response(self) -> str | None:
        response: str | None = self.messages[0]["response"]
        return response

    @property
    def custom(self) -> dict[str, Any]:
        custom: dict[str, Any] = self.messages[0]["custom"]
        return custom


async def run(
    action: Action,
    intent: str = "track_order",
    *,
    customer_id: str | None = "1228",
    slots: dict[str, Any] | None = None,
    events: list[dict[str, Any]] | None = None,
    earlier: list[dict[str, Any]] | None = None,
    sender_id: str = "c-2b1e",
    channel: str = "gateway",
    turn_count: int = 3,
    sentiment: str | None = None,
    text: str = "…",
    entities: list[dict[str, Any]] | None = None,
    proactive: bool = False,
    **metadata_changes: Any,
) -> Said:
    """Run one action as the action server would, for message m-0007 of conversation c-2b1e.

    `earlier` events stand before the message, `events` after it.
    """
    metadata = {
        "conversation_id": "c-2b1e",
        "customer_id": customer_id,
        "message_id": "m-0007",
        "turn_count": turn_count,
        "unasked": proactive,
        **metadata_changes,
    }
    message: dict[str, Any] = {
        "event": "user",
        "text": text,
        "entities": entities or [],
        "intent": {"name": intent, "confidence": 0.9},
        "sentiment": {"name": sentiment, "confidence": 0.9} if sentiment else None,
        "message_id": "m-0007",
        "metadata": metadata if channel == "gateway" else {},
        "input_channel": channel,
    }
    history = [*(earlier or []), message, *(events or [])]
    tracker = Tracker(sender_id, slots or {}, message, history, False, None, {}, None)
    dispatcher = CollectingDispatcher()
    domain: Any = {}  # the actions never read it
    return Said(dispatcher.messages, await action.run(dispatcher, tracker, domain))
