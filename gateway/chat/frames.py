"""The frames of the WebSocket: `tests/contract/widget.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from gateway.clock import iso
from gateway.errors import GatewayError, InvalidRequest
from gateway.log.records import Conversation, Message, Receipt

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Hello(BaseModel):
    """The first frame of every connection."""

    type: Literal["hello"]
    token: Annotated[str, Field(max_length=4096)]
    conversation_id: Identifier | None = None
    after_seq: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


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
    """What a refused frame is known by, whatever else is wrong with it."""

    client_message_id: Identifier


class Ping(BaseModel):
    """Asks for a pong."""

    type: Literal["ping"]


ClientFrame = Hello | TextSent | ButtonPressed | OfferExposed | Ping
_client_frames: TypeAdapter[ClientFrame] = TypeAdapter(Annotated[ClientFrame, Field(discriminator="type")])

Frame = dict[str, Any]


def read_frame(text: str) -> ClientFrame:
    """The client's frame. Raises InvalidRequest (`invalid_frame`)."""
    try:
        return _client_frames.validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        # The first place is the frame's type, the field comes after it.
        field = ".".join(str(part) for part in fault["loc"][1:]) or None
        message = f"{field}: {fault['msg']}" if field else fault["msg"]
        raise InvalidRequest("invalid_frame", message, field=field) from error


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


def welcome(conversation: Conversation, history: Sequence[Message]) -> Frame:
    """Answers hello."""
    return {
        "type": "welcome",
        "conversation_id": conversation.conversation_id,
        "customer_id": conversation.customer_id,
        "history": [message(one) for one in history],
    }


def ack(client_message_id: str, receipt: Receipt) -> Frame:
    """The message is in the log."""
    return {
        "type": "ack",
        "client_message_id": client_message_id,
        "message_id": receipt.message_id,
        "seq": receipt.seq,
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
    }


def turn_end(client_message_id: str) -> Frame:
    """Closes every turn, also a failed one."""
    return {"type": "turn_end", "client_message_id": client_message_id}


def pong() -> Frame:
    """Answers ping."""
    return {"type": "pong"}


def error(refusal: GatewayError, *, client_message_id: str | None) -> Frame:
    """A refusal, in the one shape that HTTP errors have too."""
    return {
        "type": "error",
        "code": refusal.code,
        "message": refusal.message,
        "field": refusal.field,
        "client_message_id": client_message_id,
    }
