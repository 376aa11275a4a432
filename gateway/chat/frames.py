"""The frames of the WebSocket: `tests/contract/widget.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from common.clock import iso
from common.errors import InvalidRequest, ServiceError
from common.money.currencies import DECIMALS
from gateway.conversations.records import Conversation, Message, Receipt

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


Seq = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Hello(BaseModel):
    """The first frame of every connection."""

    type: Literal["hello"]
    token: Annotated[str, Field(max_length=4096)]
    conversation_id: Identifier | None = None
    after_seq: Seq = 0
    earlier_token: Annotated[str, Field(max_length=4096)] | None = None
    """Token of the anonymous shopper whose conversation this was before signing in."""


class TextSent(BaseModel):
    """Free text."""

    type: Literal["message"]
    client_message_id: Identifier
    text: str


class ButtonPressed(BaseModel):
    """The token of a button the server issued."""

    type: Literal["button"]
    client_message_id: Identifier
    button_token: Identifier


class OfferExposed(BaseModel):
    """An offer came into view."""

    type: Literal["exposed"]
    message_id: Identifier


class _Identified(BaseModel):
    """The id of a refused frame, whatever else is wrong with it."""

    client_message_id: Identifier


class Ping(BaseModel):
    """Asks for a pong."""

    type: Literal["ping"]


class HistoryRequest(BaseModel):
    """Asks for the messages before one."""

    type: Literal["history"]
    before_seq: Annotated[int, Field(ge=1, le=2**31 - 1)]


class ConsentGiven(BaseModel):
    """The shopper sends for the first time, below this version of the notice."""

    type: Literal["consent"]
    version: Annotated[str, Field(pattern=r"^[\w.-]{1,32}$")]
    locale: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,16}$")]


class MessageRated(BaseModel):
    """What the shopper thinks of a message; null takes it back."""

    type: Literal["thumb"]
    message_id: Identifier
    message_rating: Literal["up", "down"] | None = Field(alias="thumb")


class ConversationRated(BaseModel):
    """What the shopper thinks of the whole conversation."""

    type: Literal["rating"]
    stars: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[str, Field(max_length=1000)] = ""


class TranscriptRequest(BaseModel):
    """Asks for the whole conversation as text."""

    type: Literal["transcript"]


class Forget(BaseModel):
    """Asks that everything of this shopper be deleted."""

    type: Literal["forget"]


class BasketSent(BaseModel):
    """What the shopper's basket is worth, in cents."""

    type: Literal["basket"]
    cents: Annotated[int, Field(ge=0, le=10**9)]


class ShownBasketLine(BaseModel):
    """A line of the shopper's basket, as the page shows it."""

    model_config = ConfigDict(extra="forbid")

    variant_id: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
    quantity: Annotated[int, Field(ge=1, le=100_000)] = 1
    unit_price_cents: Annotated[int, Field(ge=0, le=10**9)] | None = None


def _known_currency(code: str) -> str:
    if code not in DECIMALS:
        raise ValueError(f"{code!r} is not the ISO 4217 code of a currency, such as EUR")
    return code


CurrencyCode = Annotated[str, AfterValidator(_known_currency)]


class ContextSent(BaseModel):
    """Where the shopper shops and what is in the basket; null is unknown. Each one replaces the one before."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["context"]
    currency: CurrencyCode | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    channel: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")] | None = None
    basket: Annotated[list[ShownBasketLine], Field(max_length=100)] | None = None


class ProactiveTrigger(BaseModel):
    """The conditions of a trigger hold on the page; the bot may speak first."""

    type: Literal["moment"]
    trigger_id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


ClientFrame = (
    Hello
    | TextSent
    | ButtonPressed
    | OfferExposed
    | Ping
    | HistoryRequest
    | ConsentGiven
    | MessageRated
    | ConversationRated
    | TranscriptRequest
    | Forget
    | BasketSent
    | ContextSent
    | ProactiveTrigger
)
_client_frames: TypeAdapter[ClientFrame] = TypeAdapter(Annotated[ClientFrame, Field(discriminator="type")])

Frame = dict[str, Any]


@dataclass(frozen=True)
class Handover:
    """State of a shopper who wants a person: `none`, `waiting` or `joined`."""

    state: str = "none"
    position: int | None = None
    """Position in the queue, from 1; None unless waiting."""

    def shown(self) -> Frame:
        """The frame's fields."""
        return {"state": self.state, "position": self.position}


def read_frame(text: str) -> ClientFrame:
    """The client's frame. Raises InvalidRequest (`invalid_frame`, `invalid_context`)."""
    try:
        return _client_frames.validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        # The first part of the path is the frame's type, the field comes after it.
        field = ".".join(str(part) for part in fault["loc"][1:]) or None
        message = f"{field}: {fault['msg']}" if field else fault["msg"]
        # What the page told wrongly is nothing for the shopper: the widget shows it to the page's makers.
        code = "invalid_context" if fault["loc"][:1] == ("context",) else "invalid_frame"
        raise InvalidRequest(code, message, field=field) from error


def client_message_id_of(text: str) -> str | None:
    """The client_message_id of a frame that was refused, so that the widget knows which message the error is about."""
    # Not json.loads: brackets nested a thousand deep would exhaust its stack, and half a surrogate cannot be sent back.
    try:
        return _Identified.model_validate_json(text).client_message_id
    except ValidationError:
        return None


def to_text(frame: Frame) -> str:
    """The frame as it goes over the wire."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def welcome(
    conversation: Conversation, history: Sequence[Message], *, now: datetime, stars: int | None, handover: Handover
) -> Frame:
    """Answers hello. The server's time tells the widget how far off its own clock is."""
    return {
        "type": "welcome",
        "conversation_id": conversation.conversation_id,
        "customer_id": conversation.customer_id,
        "now": iso(now),
        "history": [message(logged) for logged in history],
        "stars": stars,
        "handover": handover.shown(),
    }


def older(history: Sequence[Message]) -> Frame:
    """Answers history: what came before, oldest first; nothing if that was the beginning."""
    return {"type": "history", "messages": [message(logged) for logged in history]}


def handover(state: Handover) -> Frame:
    """The state of a shopper who wants a person."""
    return {"type": "handover", **state.shown()}


def transcript(text: str) -> Frame:
    """The whole conversation as text."""
    return {"type": "transcript", "text": text}


def forgotten() -> Frame:
    """Everything of this shopper is deleted; the connection closes after it."""
    return {"type": "forgotten"}


def ack(client_message_id: str, receipt: Receipt) -> Frame:
    """The message is in the log, with this text."""
    return {
        "type": "ack",
        "client_message_id": client_message_id,
        "message_id": receipt.message_id,
        "seq": receipt.seq,
        "text": receipt.text,
    }


def typing(on: bool) -> Frame:
    """The bot is at work, or no longer."""
    return {"type": "typing", "on": on}


def message(logged: Message) -> Frame:
    """A message of anybody. Payloads of buttons stay on the server."""
    return {
        "type": "message",
        "message_id": logged.message_id,
        "seq": logged.seq,
        "from": logged.sender,
        "text": logged.text,
        "created_at": iso(logged.created_at),
        "buttons": [
            {"title": button.title, "button_token": button.token, "active": button.active} for button in logged.buttons
        ],
        "offer": logged.offer,
        "outcome": logged.outcome,
        "companions": logged.also_bought,
        "shipments": logged.shipments,
        "proof_form": logged.proof_form,
        "thumb": logged.message_rating,
    }


def turn_end(client_message_id: str) -> Frame:
    """Closes every turn, also a failed one."""
    return {"type": "turn_end", "client_message_id": client_message_id}


def pong() -> Frame:
    """Answers ping."""
    return {"type": "pong"}


def error(refusal: ServiceError, *, client_message_id: str | None) -> Frame:
    """A refusal, in the one shape that HTTP errors have too."""
    return {
        "type": "error",
        "code": refusal.code,
        "message": refusal.message,
        "field": refusal.field,
        "client_message_id": client_message_id,
    }
