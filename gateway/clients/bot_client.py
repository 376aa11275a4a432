"""One turn of the bot, over the input channel that Rasa's server carries: `tests/contract/bot.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import aiohttp
from pydantic import AfterValidator, BaseModel, ValidationError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_fixed
from yarl import URL

from common.clock import iso
from common.errors import Unavailable

SECRET_HEADER = "X-Promobot-Secret"
MODEL_LOAD_S = 120.0
"""Patience with the bot while it loads another model: some seconds as a rule, more on a busy machine."""


class BotButton(BaseModel):
    """A button the bot offers; pressing it sends the payload back."""

    title: str
    payload: str


class BotMessage(BaseModel):
    """One message of the bot. `custom.kind` says what else it carries."""

    text: str | None = None
    buttons: list[BotButton] = []
    custom: dict[str, Any] | None = None

    @property
    def kind(self) -> str | None:
        """`offer`, `silence`, `outcome`, `order`, `proof`, `companions`, `products`, `handover`, `help`; None: talk."""
        return None if self.custom is None else self.custom.get("kind")


class BotReply(BaseModel):
    """What one turn brought."""

    messages: list[BotMessage]
    parse: dict[str, Any] | None = None
    actions: list[str] = []
    slots: dict[str, Any] = {}


def _address(written: str) -> str:
    """An address of the web; anything else is none."""
    return written if written.startswith(("https://", "http://", "/")) else ""


Address = Annotated[str, AfterValidator(_address)]


class ProductExample(BaseModel):
    """A number of pieces of a product, and what they cost without and with an offer, in cents."""

    product_id: str
    name: str
    variant_id: str | None = None
    """None where the shopper has to choose one on the product's page."""
    url: Address = ""
    image_url: Address = ""
    quantity: int
    before_cents: int
    after_cents: int


class OfferBlock(BaseModel):
    """`custom` of a message of kind offer."""

    kind: Literal["offer"]
    decision_id: str
    offer: dict[str, Any]
    explanation: str = ""
    currency: str | None = None
    products: list[ProductExample] = []


class QuotedProduct(BaseModel):
    """A product with its price of today."""

    product_id: str
    name: str
    variant_id: str | None = None
    url: Address = ""
    image_url: Address = ""
    price_cents: int | None
    """None where the shop named none in this currency."""
    highest_cents: int | None = None
    in_stock: bool = True


class QuotedProductsBlock(BaseModel):
    """`custom` of a message of kind companions or products; its text lists the same products, one a line after the
    first."""

    kind: Literal["companions", "products"]
    currency: str
    products: list[QuotedProduct]


def _secure_address(written: str) -> str:
    """An https address; anything else is none."""
    return written if written.startswith("https://") else ""


class ShipmentBlock(BaseModel):
    """A parcel as the shop reported it."""

    order_number: str = ""
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: Annotated[str, AfterValidator(_secure_address)] = ""
    state: str


class OrderBlock(BaseModel):
    """`custom` of a message of kind order; its text names the same parcels, each in a line of its own."""

    kind: Literal["order"]
    shipments: list[ShipmentBlock] = []


class ProofBlock(BaseModel):
    """`custom` of a message of kind proof: a number that is empty is asked for as well."""

    kind: Literal["proof"]
    order_number: str = ""


class OutcomeBlock(BaseModel):
    """`custom` of a message of kind outcome."""

    kind: Literal["outcome"]
    decision_id: str
    outcome: Literal["accepted", "declined"]
    code: str | None = None
    code_expires_at: datetime | None = None


@dataclass(frozen=True)
class BotTurn:
    """One message for the bot."""

    conversation_id: str
    message_id: str
    """Makes the turn idempotent: the bot answers the same message once."""
    text: str
    """What the shopper wrote, or the pressed button's payload."""
    customer_id: str | None
    sent_at: datetime
    turn_count: int
    """The number of this message among the shopper's in the conversation; 1 for the first."""
    basket_cents: int | None
    """What the shopper's basket is worth, as the page reports it; None if it does not."""
    context: Mapping[str, Any]
    """`currency`, `country`, `channel` and `basket`, as far as they are known."""
    proactive: bool
    """True if the shopper has written nothing and the bot may speak first."""
    waiting_for_person: bool
    """A person was called and has not come yet: the bot solves nothing meanwhile."""
    carried_slots: Mapping[str, Any]
    """The slots after the latest turn, for a bot that has forgotten the conversation."""


class BotClient:
    """Raises Unavailable (`bot_unavailable`) for everything but an answer."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        rasa_url: str,
        secret: str,
        locale: str,
        shop_words: Mapping[str, str | None],
        shop_words_in: Mapping[str, Mapping[str, str | None]],
        timeout_s: float,
    ) -> None:
        self._http = http
        self._turn_url = URL(rasa_url) / "webhooks/gateway/turn"
        self._ready_url = URL(rasa_url) / "webhooks/gateway/ready"
        self._model_url = URL(rasa_url) / "webhooks/gateway/model"
        self._headers = {SECRET_HEADER: secret}
        self._locale = locale
        self._shop_words = dict(shop_words)
        """What the shop promises, for the bot's replies; see `common.shop_words`."""
        self._shop_words_in = {language: dict(words) for language, words in shop_words_in.items()}
        """The same in the other languages of replies."""
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def turn(self, turn: BotTurn) -> BotReply:
        """The bot's answer. One 5xx, timeout or broken connection is forgiven."""
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(2), retry=retry_if_exception_type(_Fleeting), reraise=True
        ):
            with attempt:
                return await self._turn(turn)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _turn(self, turn: BotTurn) -> BotReply:
        body = {
            "sender_id": turn.conversation_id,
            "message_id": turn.message_id,
            "text": turn.text,
            "metadata": {
                "conversation_id": turn.conversation_id,
                "customer_id": turn.customer_id,
                "locale": self._locale,
                "sent_at": iso(turn.sent_at),
                "turn_count": turn.turn_count,
                "basket_cents": turn.basket_cents,
                "context": dict(turn.context),
                "unasked": turn.proactive,
                "waiting_for_person": turn.waiting_for_person,
                "carried_slots": dict(turn.carried_slots),
                "shop_words": self._shop_words,
                "shop_words_in": self._shop_words_in,
            },
        }
        try:
            async with self._http.post(
                self._turn_url, json=body, headers=self._headers, timeout=self._timeout
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _Fleeting(f"the bot did not answer: {error!r}") from error
        if response.status >= 500:
            raise _Fleeting(f"the bot answered {response.status}")
        if response.status != 200:
            raise _unavailable(f"the bot answered {response.status}: {content[:200]!r}")
        try:
            return BotReply.model_validate_json(content)
        except ValidationError as error:
            raise _unavailable(
                f"the bot's answer breaks the contract: {error.errors(include_url=False)[:1]}"
            ) from error

    async def check(self) -> None:
        """Raises Unavailable until the bot has a model loaded."""
        await self.model()

    async def model(self) -> str:
        """The identifier of the loaded language model. Raises Unavailable until there is one."""
        try:
            async with self._http.get(self._ready_url, headers=self._headers, timeout=self._timeout) as response:
                if response.status != 200:
                    raise _unavailable(f"the bot is not ready: {response.status}")
                return str((await response.json())["model_id"])
        except (aiohttp.ClientError, TimeoutError, ValueError, LookupError) as error:
            raise _unavailable(f"the bot did not answer: {error!r}") from error

    async def serving_model(self) -> str:
        """The archive of the model that serves. Raises Unavailable."""
        return await self._model("GET", self._timeout)

    async def serve_model(self, archive: str) -> None:
        """Let the bot serve this archive from its next message on. Raises Unavailable, then the old one serves."""
        await self._model("PUT", aiohttp.ClientTimeout(total=MODEL_LOAD_S), json={"model": archive})

    async def _model(self, method: str, patience: aiohttp.ClientTimeout, **body: Any) -> str:
        try:
            async with self._http.request(
                method, self._model_url, headers=self._headers, timeout=patience, **body
            ) as response:
                content = await response.json()
                if response.status != 200:
                    raise _unavailable(f"the bot answered {response.status}: {content.get('message')}")
                return str(content["model"])
        except (aiohttp.ClientError, TimeoutError, ValueError, LookupError) as error:
            raise _unavailable(f"the bot did not answer: {error!r}") from error

    async def wait_until_ready(self, *, patience_s: float) -> None:
        """Return once the bot is ready. Raises Unavailable when patience ends."""
        async for attempt in AsyncRetrying(
            stop=stop_after_delay(patience_s),
            wait=wait_fixed(1),
            retry=retry_if_exception_type(Unavailable),
            reraise=True,
        ):
            with attempt:
                await self.check()


def _unavailable(message: str) -> Unavailable:
    return Unavailable("bot_unavailable", message)


class _Fleeting(Unavailable):
    """A failure that a second try may not meet."""

    def __init__(self, message: str) -> None:
        super().__init__("bot_unavailable", message)
