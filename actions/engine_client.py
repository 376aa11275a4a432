"""The promo engine over HTTP, as tests/contract/engine.json describes it.

A decision has 300 ms, connection included: a chat never waits for an offer. Every other request has two tries of one
second each; a repeated write is safe, because the engine's writes are idempotent.
"""

import asyncio
import logging
import os
from typing import Any, Dict, List, Mapping, Optional
from urllib.parse import quote

import aiohttp
from aiohttp_retry import ExponentialRetry, RetryClient

from actions.conversation import Turn
from actions.engine_replies import (
    AlsoBought,
    Decision,
    EngineRefusal,
    EngineUnavailable,
    ExampleProducts,
    OpenOffer,
    Order,
    OrderChange,
    Outcome,
    ProductOption,
    QuotedProducts,
)

logger = logging.getLogger(__name__)

DECISION_BUDGET_S = 0.3
TRY_BUDGET_S = 1.0
LOOKUP_BUDGET_S = 3.0
"""The engine may ask the shop itself, which has two seconds."""
CHANGE_BUDGET_S = 1.5
"""The engine waits for the shop's answer for a moment, since many shops answer at once."""
OUTCOME_BUDGET_S = 3.0
"""The engine may have the shop make the code, which has two seconds."""
TRIES = 2
PAUSE_S = 0.05
DEFAULT_ENGINE_URL = "http://127.0.0.1:8090"
CONTEXT = ("currency", "country", "channel", "basket")
"""What the page says of where the customer shops; the engine calls it the same."""
PRODUCT = ("product_id", "name", "variant_id", "url", "image_url")
PRICE = ("price_cents", "highest_cents", "in_stock")
SENTIMENTS = {"angry": "negative", "neutral": "neutral", "pleased": "positive"}
"""The bot's words for a turn's sentiment, and those of the engine's policies."""


class EngineClient:
    """One connection pool to one engine; lives in one event loop."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session: Optional[aiohttp.ClientSession] = None

    async def decide(self, turn: Turn, *, trigger: str) -> Decision:
        """Ask for an offer. A message that is sent again gets the same decision."""
        body = {
            "conversation_id": turn.conversation_id,
            "request_id": turn.message_id,
            "customer_id": turn.customer_id,
            "conversation_context": {
                "trigger": trigger,
                "intent": turn.intent,
                "sentiment": SENTIMENTS.get(turn.sentiment or ""),
                "turn_count": turn.turn_count,
                "basket_cents": turn.basket_cents,
                **{name: turn.context[name] for name in CONTEXT if name in turn.context},
            },
        }
        answer = await self._within_budget("POST", "/v1/decisions", json=body)
        with _contract():
            return Decision(
                decision_id=answer["decision_id"],
                offer=answer["offer"],
                explanation=answer["explanation"],
                no_offer_reason=answer["no_offer_reason"],
            )

    async def open_offer(self, decision_id: str) -> OpenOffer:
        """The offer of an earlier decision. EngineRefusal where it has ended."""
        answer = await self._with_retry("GET", f"/v1/decisions/{_part(decision_id)}/offer")
        with _contract():
            return OpenOffer(
                decision_id=decision_id,
                offer=answer["offer"],
                explanation=answer["explanation"],
                answered=answer["outcome"] is not None,
            )

    async def products_of(self, offer_id: str, *, currency: Optional[str]) -> ExampleProducts:
        """Products whose price an offer lowers; in the time of a decision, since the chat does not wait for prices."""
        path = f"/v1/offers/{_part(offer_id)}/products"
        answer = await self._within_budget("GET", path, params=_known(currency=currency))
        with _contract():
            fields = ("quantity", "before_cents", "after_cents")
            products = [_shown(product, *fields) for product in answer["products"]]
            return ExampleProducts(answer["currency"] if products else None, products)

    async def find_products(
        self, words: str, *, category: Optional[str], currency: Optional[str], limit: int
    ) -> QuotedProducts:
        """What a customer's words mean, with prices; perhaps nothing."""
        params = _known(words=words, category=category, currency=currency, limit=str(limit))
        answer = await self._with_retry("GET", "/v1/products", params=params)
        with _contract():
            return QuotedProducts(answer["currency"], [_shown(product, *PRICE) for product in answer["products"]])

    async def best_sellers(self, *, currency: Optional[str], limit: int) -> QuotedProducts:
        """What sells best of what is there, one of a category."""
        params = _known(currency=currency, limit=str(limit), per_category="1")
        answer = await self._with_retry("GET", "/v1/products", params=params)
        with _contract():
            return QuotedProducts(answer["currency"], [_shown(product, *PRICE) for product in answer["products"]])

    async def product(self, product_id: str, *, currency: Optional[str]) -> QuotedProducts:
        """One product with its price of today. EngineRefusal for one that the shop no longer sells."""
        answer = await self._with_retry("GET", f"/v1/products/{_part(product_id)}", params=_known(currency=currency))
        with _contract():
            return QuotedProducts(answer["currency"], [_shown(answer["product"], *PRICE)])

    async def options_of(self, product_id: str, *, currency: Optional[str]) -> List[ProductOption]:
        """The options in which a product is sold; none for one that the shop no longer sells."""
        path = f"/v1/products/{_part(product_id)}/variants"
        try:
            answer = await self._with_retry("GET", path, params=_known(currency=currency))
        except EngineRefusal:
            return []
        with _contract():
            return [
                ProductOption(row["variant_id"], row["options"], row["price_cents"], row["in_stock"])
                for row in answer["variants"]
            ]

    async def find_customer(self, turn: Turn, *, email: str, name: str, postcode: str) -> str:
        """The id of a customer who is not signed in. EngineRefusal where nobody, or not only one, is found."""
        body = {"conversation_id": turn.conversation_id, "email": email, "name": name, "postcode": postcode}
        answer = await self._with_retry("POST", "/v1/customer-lookups", json=body)
        with _contract():
            return str(answer["customer_id"])

    async def also_bought(self, **query: Optional[str]) -> AlsoBought:
        """What customers buy together with the things of `query`, which has the engine's names; perhaps nothing."""
        answer = await self._with_retry("GET", "/v1/pairings", params=_known(**query))
        with _contract():
            products = [_shown(product, *PRICE, "times") for product in answer["products"]]
            return AlsoBought(answer["basis"], answer["currency"], products)

    async def report_exposure(self, decision_id: str, *, conversation_id: str) -> None:
        """Say that the offer was shown."""
        path = f"/v1/decisions/{decision_id}/exposure"
        await self._with_retry("POST", path, json={"conversation_id": conversation_id})

    async def report_outcome(self, decision_id: str, *, conversation_id: str, outcome: str) -> Outcome:
        """Record `accepted` or `declined`; the same again gets the same answer, or a code that is ready by now."""
        path = f"/v1/decisions/{decision_id}/outcome"
        body = {"conversation_id": conversation_id, "outcome": outcome}
        answer = await self._with_retry("POST", path, budget_s=OUTCOME_BUDGET_S, json=body)
        with _contract():
            fields = ("code", "code_expires_at", "code_state")
            return Outcome(answer["outcome"], **{field: answer[field] for field in fields})

    async def allow_promotions(self, turn: Turn, *, allowed: bool) -> None:
        """Record whether this customer, or an anonymous customer's conversation, wants offers."""
        kind, name = ("customers", turn.customer_id) if turn.customer_id else ("conversations", turn.conversation_id)
        await self._with_retry("PUT", f"/v1/{kind}/{_part(name)}/promotions", json={"allowed": allowed})

    async def look_up_order(self, number: str, turn: Turn, *, email: str = "", postcode: str = "") -> Order:
        """One order, for its signed-in customer or for who knows its e-mail address or postcode."""
        body = {
            "number": number,
            "conversation_id": turn.conversation_id,
            "customer_id": turn.customer_id,
            "email": email,
            "postcode": postcode,
        }
        answer = await self._with_retry("POST", "/v1/order-lookups", budget_s=LOOKUP_BUDGET_S, json=body)
        with _contract():
            return _order(answer)

    async def newest_orders(self, customer_id: str, *, limit: int) -> List[Order]:
        """The customer's orders, newest first."""
        path = f"/v1/customers/{_part(customer_id)}/orders"
        answer = await self._with_retry("GET", path, budget_s=LOOKUP_BUDGET_S, params={"limit": str(limit)})
        with _contract():
            return [_order(row) for row in answer["orders"]]

    async def knows_orders(self) -> bool:
        """Whether the shop has any order to ask about."""
        answer = await self._with_retry("GET", "/v1/order-numbers")
        with _contract():
            known: bool = answer["known"]
            return known

    async def ask_for_change(self, number: str, turn: Turn, *, wish: Mapping[str, Any]) -> OrderChange:
        """Let the shop be asked for a change of an order: `kind`, and what it needs as the engine's body names it."""
        body = {
            "number": number,
            "customer_id": turn.customer_id,
            "conversation_id": turn.conversation_id,
            **wish,
        }
        answer = await self._with_retry("POST", "/v1/change-requests", budget_s=CHANGE_BUDGET_S, json=body)
        with _contract():
            return _change(answer)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession()
        return self._session

    async def _within_budget(self, method: str, path: str, **request: Any) -> Mapping[str, Any]:
        return await self._send(self._open_session(), method, path, DECISION_BUDGET_S, request)

    async def _with_retry(
        self, method: str, path: str, *, budget_s: float = TRY_BUDGET_S, **request: Any
    ) -> Mapping[str, Any]:
        retry = ExponentialRetry(
            attempts=TRIES, start_timeout=PAUSE_S, exceptions={aiohttp.ClientError, asyncio.TimeoutError}
        )
        client = RetryClient(client_session=self._open_session(), retry_options=retry)
        return await self._send(client, method, path, budget_s, request)

    async def _send(
        self, client: Any, method: str, path: str, budget_s: float, request: Dict[str, Any]
    ) -> Mapping[str, Any]:
        url = f"{self._url}{path}"
        try:
            timeout = aiohttp.ClientTimeout(total=budget_s)
            async with client.request(method, url, timeout=timeout, **request) as answer:
                body = await answer.json()
                status = answer.status
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            raise EngineUnavailable(f"{method} {url}: {error or type(error).__name__}") from error
        if status >= 500:
            raise EngineUnavailable(f"{method} {url}: status {status}")
        with _contract():
            if status >= 400:
                raise EngineRefusal(body["code"], body["message"])
            if not isinstance(body, dict):
                raise TypeError(f"expected an object, got {type(body).__name__}")
        return body


class _contract:  # noqa: N801  # reads as a statement: with _contract(): ...
    """Turns missing or mistyped parts of an answer into EngineUnavailable."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, (KeyError, TypeError, AttributeError)):
            raise EngineUnavailable(f"the engine's answer breaks the contract: {error!r}") from error


def _order(answer: Mapping[str, Any]) -> Order:
    fields = {field: answer[field] for field in Order.__dataclass_fields__ if field != "changes"}
    return Order(**fields, changes=[_change(change) for change in answer["changes"]])


def _change(answer: Mapping[str, Any]) -> OrderChange:
    lines = tuple(line["variant_id"] for line in answer["lines"])
    return OrderChange(answer["kind"], answer["state"], answer["shop_reason"], lines)


def _known(**query: Optional[str]) -> Dict[str, str]:
    """The parameters that have a value."""
    return {name: value for name, value in query.items() if value is not None}


def _shown(product: Mapping[str, Any], *more: str) -> Dict[str, Any]:
    """What a card shows of a product."""
    return {field: product[field] for field in (*PRODUCT, *more)}


def _part(identifier: str) -> str:
    """What a person typed, as one part of a path and never as more."""
    return quote(identifier, safe="")


_clients: Dict[asyncio.AbstractEventLoop, EngineClient] = {}


def engine() -> EngineClient:
    """The running loop's client for the engine at PROMOBOT_ENGINE_URL."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients.clear()  # an older loop has ended, and its connections with it
        _clients[loop] = EngineClient(os.environ.get("PROMOBOT_ENGINE_URL", DEFAULT_ENGINE_URL))
    return _clients[loop]


async def close_clients() -> None:
    """Close every client; the next call of `engine` makes a new one."""
    for client in _clients.values():
        await client.close()
    _clients.clear()
