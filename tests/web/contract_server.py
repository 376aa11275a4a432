"""A gateway of a few lines that speaks tests/contract/widget.json, for trying the widget without the rest of the stack.

It keeps every conversation in memory, answers a handful of sentences, and can be told to misbehave: drop connections,
lose or double acknowledgements, refuse tokens. It runs in a thread of its own, so that a browser test can drive it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from tests.support.waiting import PATIENCE_S

Frame = dict[str, Any]

DIST = Path(__file__).parents[2] / "web" / "dist"
# As strict as the gateway's own, so that whatever it forbids shows here as an error in the console.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
MARKUP = "<img src=x onerror=\"document.title='broken in'\"><b>bold</b> & <script>document.title='broken in'</script>"

CUSTOMERS = [
    {
        "customer_id": "1228",
        "order_count": 310,
        "top_categories": ["SOFT DRINKS", "FLUID MILK PRODUCTS", "CANDY - PACKAGED"],
        "last_order_number": "31198655051",
        "holdout": False,
    },
    {
        "customer_id": "718",
        "order_count": 186,
        "top_categories": ["BAKED BREAD/BUNS/ROLLS", "CHEESE"],
        "last_order_number": "31198570044",
        "holdout": True,
    },
]


CODE = "K7QF-2M9T-XW4H-3BNC-D"
PRODUCTS: list[Frame] = [
    {
        "product_id": product_id,
        "name": name,
        "category": category,
        "brand": brand,
        "price_cents": cents,
        "image_url": "",
    }
    for product_id, name, category, brand, cents in [
        ("1095275", "Cola, 12 cans, 12 oz", "soft drinks", "National", 479),
        ("1095276", "Lemonade, large bottle, 2 l", "soft drinks", "National", 160),
        ("1029743", "Fresh milk, 1 ga", "milk", "Private", 263),
        ("883404", "White bread, 20 oz", "bread and buns", "Private", 129),
    ]
]
UNLISTED = {
    "product_id": "900001",
    "name": "Spaghetti, 16 oz",
    "category": "dry pasta",
    "brand": "Private",
    "price_cents": 52,
    "image_url": "",
}
"""Sold, but not among what sells best."""


def _in(currency: str, product: Frame) -> Frame:
    """The product as a price list of its own has it; bread has no price in pounds."""
    if currency != "GBP":
        return product
    return {**product, "price_cents": None if product["category"] == "bread and buns" else product["price_cents"] - 40}


@dataclass
class Conversation:
    """What the server remembers of one conversation; a message's seq is its place, from 1."""

    conversation_id: str
    customer_id: str | None
    messages: list[Frame] = field(default_factory=list)
    acks: dict[str, Frame] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)
    """Payloads by token."""
    sockets: list[web.WebSocketResponse] = field(default_factory=list)


class ContractServer:
    """The server in its thread. The knobs below may be set from the test at any time."""

    def __init__(self, dist: Path) -> None:
        self._dist = dist
        self._loop = asyncio.new_event_loop()
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._runner: web.AppRunner | None = None
        self.url = ""
        self.received: list[Frame] = []
        """Every frame of every client, in order of arrival."""
        self.sent: list[Frame] = []
        self.turns: list[str] = []
        """What reached the bot: texts and payloads. A repeated message appears once."""
        self.sessions: list[str | None] = []
        self.tokens: dict[str, str | None] = {}
        self.conversations: dict[str, Conversation] = {}
        self.accepting = True
        self.shop: Frame = {
            "name": "Larder & Lane",
            "demo": "recorded",
            "currencies": ["USD"],
            "countries": [{"code": "US", "currency": "USD"}],
        }
        self.delivery_known = True
        self.customers_fail = False
        self.lose_next_ack = False
        self.double_everything = False
        self.next_error: str | None = None
        self.consent_version = "1"
        self.privacy_url = ""
        self.triggers: list[Frame] = []
        self.orders: list[Frame] = []
        self.history_limit = 1_000_000
        self.history_refusals = 0
        """How often a wish for earlier messages is still refused as too fast."""
        self.break_at_history = False
        """Whether the next wish for earlier messages costs the connection."""
        self.clock: Callable[[], datetime] = partial(datetime.now, UTC)
        self.may_answer = threading.Event()
        self.may_answer.set()

    # For the test's thread

    def start(self) -> None:
        ready = threading.Event()

        async def listen() -> None:
            self._runner = web.AppRunner(self._app(), shutdown_timeout=0)
            await self._runner.setup()
            site = web.TCPSite(self._runner, "127.0.0.1", 0)
            await site.start()
            self.url = site_url(self._runner)
            ready.set()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.run_until_complete(listen())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, name="contract-server", daemon=True)
        self._thread.start()
        if not ready.wait(PATIENCE_S):
            raise TimeoutError("the contract server did not start")

    def stop(self) -> None:
        self.may_answer.set()
        self.drop_connections()
        assert self._runner is not None
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(PATIENCE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Returns as soon as `condition` holds, which is looked at after every frame and every turn."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout=PATIENCE_S):
                raise TimeoutError(f"it did not come to pass; received: {self.received}")

    def received_of(self, kind: str) -> list[Frame]:
        return [frame for frame in self.received if frame["type"] == kind]

    def drop_connections(self) -> None:
        """Cuts every connection without a closing handshake, as a dead network would."""

        async def drop() -> None:
            for conversation in self.conversations.values():
                for socket in conversation.sockets:
                    if socket._req is not None and socket._req.transport is not None:
                        socket._req.transport.abort()

        asyncio.run_coroutine_threadsafe(drop(), self._loop).result(PATIENCE_S)

    def say(self, conversation_id: str, *, text: str, **more: Any) -> None:
        """The bot says something on its own; whoever is connected sees it at once."""

        async def push() -> None:
            await self._say(self.conversations[conversation_id], text, **more)

        asyncio.run_coroutine_threadsafe(push(), self._loop).result(PATIENCE_S)

    def push(self, conversation_id: str, frame: Frame) -> None:
        """Every tab of the conversation gets this frame, as it is."""

        async def push() -> None:
            for socket in self.conversations[conversation_id].sockets:
                await self._send(socket, frame)

        asyncio.run_coroutine_threadsafe(push(), self._loop).result(PATIENCE_S)

    # For the server's thread

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[_with_policy])
        app.router.add_post("/api/session", self._session)
        app.router.add_get("/api/demo/shop", self._show_shop)
        app.router.add_get("/api/demo/customers", self._list_customers)
        app.router.add_get("/api/widget", self._widget)
        app.router.add_get("/api/demo/products", self._list_products)
        app.router.add_get("/api/demo/products/{product_id}", self._show_product)
        app.router.add_post("/api/demo/quote", self._quote)
        app.router.add_post("/api/demo/orders", self._order)
        app.router.add_get("/ws", self._chat)
        app.router.add_get("/", self._page)
        app.router.add_static("/", self._dist)
        return app

    async def _page(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(self._dist / "index.html")

    async def _session(self, request: web.Request) -> web.Response:
        household = (await request.json())["household_id"]
        if household is not None and household not in {customer["customer_id"] for customer in CUSTOMERS}:
            return web.json_response(
                {"code": "unknown_customer", "message": f"There is no customer {household}.", "field": "household_id"},
                status=404,
            )
        token = f"token-{next(self._numbers)}"
        self.sessions.append(household)
        self.tokens[token] = household
        body = {"token": token, "customer_id": household, "expires_at": "2099-01-01T00:00:00Z"}
        return web.json_response(body, headers={"Access-Control-Allow-Origin": "*"})

    async def _widget(self, request: web.Request) -> web.Response:
        body = {
            "consent_version": self.consent_version,
            "privacy_url": self.privacy_url,
            "message_length_limit": 2000,
            "triggers": self.triggers,
        }
        return web.json_response(body, headers={"Access-Control-Allow-Origin": "*"})

    async def _show_shop(self, request: web.Request) -> web.Response:
        return web.json_response(self.shop)

    async def _list_products(self, request: web.Request) -> web.Response:
        currency = request.query["currency"]
        return web.json_response({"currency": currency, "products": [_in(currency, found) for found in PRODUCTS]})

    async def _show_product(self, request: web.Request) -> web.Response:
        currency = request.query["currency"]
        for found in [*PRODUCTS, UNLISTED]:
            if request.match_info["product_id"] == found["product_id"]:
                return web.json_response({"currency": currency, "product": _in(currency, found)})
        refusal = {"code": "unknown_product", "message": "There is no such product.", "field": "product_id"}
        return web.json_response(refusal, status=404)

    async def _quote(self, request: web.Request) -> web.Response:
        return web.json_response(self._priced(await request.json()))

    async def _order(self, request: web.Request) -> web.Response:
        body = await request.json()
        quote = self._priced(body)
        if quote["refused"]:
            refusal = {"code": "code_not_applicable", "message": quote["refused"][0]["reason"], "field": "codes"}
            return web.json_response(refusal, status=409)
        self.orders.append(body)
        return web.json_response({"order_id": body["order_id"], "redemption_id": "r-1", "quote": quote})

    def _priced(self, body: Frame) -> Frame:
        currency = body["currency"]
        prices = {found["product_id"]: _in(currency, found)["price_cents"] for found in [*PRODUCTS, UNLISTED]}
        known = CODE in body.get("codes", [])
        lines = []
        for number, line in enumerate(body["lines"], 1):
            full = prices[line["product_id"]] * line["quantity"]
            off = full * 15 // 100 if known else 0
            lines.append(
                {
                    "line_id": str(number),
                    "full_cents": full,
                    "discount_cents": off,
                    "after_cents": full - off,
                    "tax_cents": 0,
                }
            )
        off = sum(line["discount_cents"] for line in lines)
        return {
            "currency": currency,
            "lines": lines,
            "delivery": {
                "line_id": "delivery",
                "full_cents": 490,
                "discount_cents": 0,
                "after_cents": 490,
                "tax_cents": 0,
            },
            "applied": [{"offer_id": "soft-drinks-15", "code": CODE, "discount_cents": off}] if known else [],
            "refused": [
                {"code": code, "reason": "There is no such code"} for code in body.get("codes", []) if code != CODE
            ],
            "discount_cents": off,
            "tax_cents": 0,
            "delivery_known": self.delivery_known,
            "total_cents": sum(line["after_cents"] for line in lines) + 490,
        }

    async def _list_customers(self, request: web.Request) -> web.Response:
        if self.customers_fail:
            return web.json_response({"code": "engine_unavailable", "message": "…", "field": None}, status=503)
        return web.json_response({"customers": CUSTOMERS})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if not self.accepting:
            return web.json_response({"code": "restarting", "message": "…", "field": None}, status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        conversation: Conversation | None = None
        async for wire in socket:
            if wire.type is not WSMsgType.TEXT:
                continue
            frame = wire.json()
            with self._changed:
                self.received.append(frame)
                self._changed.notify_all()
            if frame["type"] == "hello":
                conversation = await self._greet(socket, frame)
                if conversation is None:
                    break
            elif frame["type"] == "ping":
                await self._send(socket, {"type": "pong"})
            elif conversation is not None and frame["type"] in {"history", "transcript", "thumb", "forget", "moment"}:
                await self._care(socket, conversation, frame)
            elif frame["type"] in {"message", "button"} and conversation is not None:
                await self._take(socket, conversation, frame)
        if conversation is not None and socket in conversation.sockets:
            conversation.sockets.remove(socket)
        return socket

    async def _care(self, socket: web.WebSocketResponse, conversation: Conversation, frame: Frame) -> None:
        if frame["type"] == "history" and self.history_refusals > 0:
            self.history_refusals -= 1
            await self._refuse(socket, "rate_limited", "That was too fast.", None)
        elif frame["type"] == "history" and self.break_at_history:
            self.break_at_history = False
            assert socket._req is not None and socket._req.transport is not None
            socket._req.transport.abort()
        elif frame["type"] == "history":
            older = [message for message in conversation.messages if message["seq"] < frame["before_seq"]]
            await self._send(socket, {"type": "history", "messages": older[-self.history_limit :]})
        elif frame["type"] == "transcript":
            text = "\n".join(f"{message['from']}: {message['text']}" for message in conversation.messages)
            await self._send(socket, {"type": "transcript", "text": text})
        elif frame["type"] == "thumb":
            for message in conversation.messages:
                if message["message_id"] == frame["message_id"]:
                    message["thumb"] = frame["thumb"]
        elif frame["type"] == "moment":
            await self._say(conversation, "By the way: 15 % off soft drinks.", **soft_drinks(conversation))
        else:
            del self.conversations[conversation.conversation_id]
            for other in conversation.sockets:
                await self._send(other, {"type": "forgotten"})

    async def _greet(self, socket: web.WebSocketResponse, hello: Frame) -> Conversation | None:
        if hello["token"] not in self.tokens:
            await self._refuse(socket, "invalid_token", "The token is not valid.", None)
            await socket.close()
            return None
        customer_id = self.tokens[hello["token"]]
        conversation_id = hello["conversation_id"] or f"c-{next(self._numbers)}"
        conversation = self.conversations.setdefault(conversation_id, Conversation(conversation_id, customer_id))
        if conversation.customer_id is None and self.tokens.get(hello["earlier_token"], "nobody") is None:
            conversation.customer_id = customer_id
        if conversation.customer_id != customer_id:
            await self._refuse(socket, "not_your_conversation", "This is somebody else's.", None)
            await socket.close()
            return None
        conversation.sockets.append(socket)
        history = [message for message in conversation.messages if message["seq"] > hello["after_seq"]]
        now = self.clock().isoformat().replace("+00:00", "Z")
        welcome = {"type": "welcome", "conversation_id": conversation_id, "customer_id": customer_id, "now": now}
        handover = {"state": "none", "position": None}
        shown = history[-self.history_limit :]
        await self._send(socket, {**welcome, "history": shown, "stars": None, "handover": handover})
        return conversation

    async def _take(self, socket: web.WebSocketResponse, conversation: Conversation, frame: Frame) -> None:
        client_message_id = frame["client_message_id"]
        if self.next_error is not None:
            code, self.next_error = self.next_error, None
            await self._refuse(socket, code, "The server's own words.", client_message_id)
            return
        if client_message_id in conversation.acks:
            await self._send(socket, conversation.acks[client_message_id])
            return
        text = frame.get("text")
        if text is None:
            payload = conversation.buttons.pop(frame["button_token"], None)
            if payload is None:
                await self._refuse(socket, "button_used", "This button was used already.", client_message_id)
                return
            text, spoken = self._use_button(conversation, frame["button_token"]), payload
        else:
            spoken = text
        message = self.log(conversation, "shopper", text)
        ack = {"type": "ack", "client_message_id": client_message_id}
        conversation.acks[client_message_id] = ack | {name: message[name] for name in ("message_id", "seq", "text")}
        with self._changed:
            self.turns.append(spoken)
            self._changed.notify_all()
        if self.lose_next_ack:
            self.lose_next_ack = False
            await self._answer(conversation, spoken, deaf=True)
            assert socket._req is not None and socket._req.transport is not None
            socket._req.transport.abort()
            return
        await self._send(socket, conversation.acks[client_message_id])
        for other in conversation.sockets:
            if other is not socket:
                await self._send(other, message)
        await self._send(socket, {"type": "typing", "on": True})
        await self._loop.run_in_executor(None, self.may_answer.wait, PATIENCE_S)
        await self._answer(conversation, spoken, deaf=False)
        await self._send(socket, {"type": "turn_end", "client_message_id": client_message_id})

    async def _answer(self, conversation: Conversation, spoken: str, *, deaf: bool) -> None:
        words = spoken.lower()
        if "offer" in words and not words.startswith("/"):
            await self._say(conversation, "By the way: 15 % off soft drinks.", deaf=deaf, **soft_drinks(conversation))
        elif words == "/accept_offer":
            await self._say(conversation, "Great. Here is your code:", deaf=deaf, outcome=accepted(conversation))
        elif words == "/decline_offer":
            outcome = {**accepted(conversation), "outcome": "declined", "code": None, "code_expires_at": None}
            await self._say(conversation, "No problem.", deaf=deaf, outcome=outcome)
        elif words == "/ask_why_offer":
            await self._say(conversation, "Because you buy soft drinks about every 9 days.", deaf=deaf)
        elif "goes with" in words:
            listed = [f"• {product['name']}, ${product['price_cents'] / 100:.2f}" for product in PRODUCTS]
            text = "\n".join(["Often bought along with white bread:", *listed])
            await self._say(conversation, text, deaf=deaf, companions=companions())
        elif "with" in words:
            await self._say(conversation, "Order #1001 is on its way.", deaf=deaf)
        elif "#1001" in words or ("my order" in words and not any(character.isdigit() for character in words)):
            form = {"order_number": "#1001" if "#1001" in words else ""}
            await self._say(conversation, "Which order is it?", deaf=deaf, proof_form=form)
        elif "parcel" in words:
            text = "Order #1001 is partly on its way.\nUPS has it under 1Z2345: https://ups.example/1Z2345"
            await self._say(conversation, text, deaf=deaf, shipments=SHIPMENTS)
        elif "order" in words:
            await self._say(conversation, "Order 31198655051 was delivered on 26 November.", deaf=deaf)
            await self._say(conversation, "By the way: 15 % off soft drinks.", deaf=deaf, **soft_drinks(conversation))
        elif "choose" in words:
            choices = [("Return it", "/return_order"), ("Keep it", "/deny")]
            await self._say(conversation, "What shall I do?", deaf=deaf, choices=choices)
        elif "markup" in words:
            offer = {**soft_drinks(conversation)["offer"], "title": MARKUP, "terms": MARKUP, "explanation": MARKUP}
            await self._say(conversation, MARKUP, deaf=deaf, choices=[(MARKUP, "/accept_offer")])
            await self._say(conversation, "And an offer", deaf=deaf, offer=offer, choices=[(MARKUP, "/deny")])
        else:
            await self._say(conversation, f"You said: {spoken}", deaf=deaf)

    async def _say(
        self,
        conversation: Conversation,
        text: str,
        *,
        deaf: bool = False,
        choices: list[tuple[str, str]] = [],  # noqa: B006  never changed
        **blocks: Any,
    ) -> None:
        buttons = []
        for title, payload in choices:
            token = f"b-{next(self._numbers)}"
            conversation.buttons[token] = payload
            buttons.append({"title": title, "button_token": token, "active": True})
        message = self.log(conversation, "bot", text, buttons=buttons, **blocks)
        for socket in [] if deaf else conversation.sockets:
            await self._send(socket, message)

    def log(self, conversation: Conversation, sender: str, text: str, **more: Any) -> Frame:
        seq = len(conversation.messages) + 1
        message = {
            "type": "message",
            "message_id": f"m-{next(self._numbers):04d}",
            "seq": seq,
            "from": sender,
            "text": text,
            "created_at": self.clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
            **{
                "buttons": [],
                "offer": None,
                "outcome": None,
                "companions": None,
                "shipments": None,
                "proof_form": None,
                "thumb": None,
                **more,
            },
        }
        conversation.messages.append(message)
        return message

    def _use_button(self, conversation: Conversation, token: str) -> str:
        for message in conversation.messages:
            for button in message["buttons"]:
                if button["button_token"] == token:
                    button["active"] = False
                    return str(button["title"])
        raise LookupError(token)

    async def _refuse(
        self, socket: web.WebSocketResponse, code: str, message: str, client_message_id: str | None
    ) -> None:
        refusal = {"type": "error", "code": code, "message": message, "field": None}
        await self._send(socket, {**refusal, "client_message_id": client_message_id})

    async def _send(self, socket: web.WebSocketResponse, frame: Frame) -> None:
        self.sent.append(frame)
        for _ in range(2 if self.double_everything else 1):
            with contextlib.suppress(ConnectionResetError):  # the shopper has left; the history has it
                await socket.send_json(frame)


@web.middleware
async def _with_policy(request: web.Request, handler: Any) -> web.StreamResponse:
    response: web.StreamResponse = await handler(request)
    if not response.prepared:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        if request.path.startswith(("/widget.js", "/panel")):
            response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def site_url(runner: web.AppRunner) -> str:
    """Where the runner's only site listens."""
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


def soft_drinks(conversation: Conversation) -> Frame:
    """The offer this server makes, with its three buttons."""
    offer = {
        "decision_id": f"d-{conversation.conversation_id}",
        "offer_id": "soft-drinks-15",
        "title": "15 % off soft drinks",
        "terms": "From 10.00 in your basket, once per customer.",
        "benefit": {"kind": "percentage", "percent_basis_points": 1500},
        "ends_at": "2026-12-31T23:59:59Z",
        "explanation": "You buy soft drinks about every 9 days.",
        "currency": "USD",
        "products": [
            {
                "product_id": "1095275",
                "name": "Cola, 12 cans, 12 oz",
                "quantity": 3,
                "before_cents": 1437,
                "after_cents": 1221,
            },
            {
                "product_id": "1095276",
                "name": "Lemonade, 2 l",
                "variant_id": None,
                "url": "/lemonade",
                "image_url": "/widget.js",  # no picture
                "quantity": 7,
                "before_cents": 1120,
                "after_cents": 952,
            },
        ],
    }
    choices = [
        ("Yes, please", "/accept_offer"),
        ("No, thanks", "/decline_offer"),
        ("Why this offer?", "/ask_why_offer"),
    ]
    return {"offer": offer, "choices": choices}


def accepted(conversation: Conversation) -> Frame:
    """What an accepted offer becomes."""
    return {
        "decision_id": f"d-{conversation.conversation_id}",
        "outcome": "accepted",
        "code": CODE,
        "code_expires_at": "2026-12-06T10:00:09Z",
    }


SHIPMENTS = [
    {
        "order_number": "#1001",
        "carrier": "UPS",
        "tracking_number": "1Z2345",
        "tracking_url": "https://ups.example/1Z2345",
        "state": "shipped",
    },
    {
        "order_number": "#1001",
        "carrier": MARKUP,
        "tracking_number": "",
        "tracking_url": "javascript:window.broken=1",
        "state": "of tomorrow",
    },
]
"""Two parcels; of the second the shop said little, and no link that may be shown."""


def companions() -> Frame:
    """What goes with something, each at one price."""
    products = [
        {"product_id": product["product_id"], "name": product["name"], "quantity": 1}
        | dict.fromkeys(("before_cents", "after_cents"), product["price_cents"])
        for product in PRODUCTS
    ]
    return {"currency": "USD", "products": products}
