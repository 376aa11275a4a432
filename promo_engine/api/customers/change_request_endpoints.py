"""POST /v1/change-requests: what a customer asks for. What the shop's people do is in `change_review_endpoints`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from promo_engine.api.http.endpoint import Body, Endpoint, Id, Reply
from promo_engine.api.http.keys import CHANGE_REQUEST_SENDER, CHANGE_REQUESTS, IDENTITIES
from promo_engine.domain.customers.change_requests import (
    ChangeKind,
    ChangeRequest,
    ChangeState,
    RequestedLine,
)
from promo_engine.services.orders.change_request_service import WantedChange

ANSWER_WAIT_S = 0.6
"""How long a chat waits for the shop's answer before it says that the shop was asked."""
Note = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]


class RequestedLineBody(Body):
    """Some pieces of a variant."""

    variant_id: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00]*$")]
    quantity: int = Field(ge=1, le=10_000)
    new_variant_id: Annotated[str, StringConstraints(max_length=128, pattern=r"^[^\x00]*$")] = Field(
        default="", description="with items and exchange: what is wanted instead, of the same product"
    )


class NewChangeBody(Body):
    """What a signed-in customer wants the shop to change; no lines: the whole order."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
    kind: ChangeKind
    customer_id: Id
    conversation_id: Id
    lines: list[RequestedLineBody] = Field(default_factory=list, max_length=200)
    reason: Note = ""
    new_address: Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")] = ""
    payment: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] = Field(
        default="", description="how it is paid or paid back, in the customer's words; never a number of a card"
    )
    difference_cents: int | None = Field(
        default=None, ge=-(10**15), le=10**15, description="what the customer was told that the new items cost more"
    )


class RequestedLineReply(Reply):
    """Some pieces of a variant, and what is wanted instead."""

    variant_id: str
    quantity: int
    new_variant_id: str


class ChangeRequestReply(Reply):
    """A change that was asked for, and what the shop said."""

    change_request_id: str
    order_id: str
    kind: ChangeKind
    state: ChangeState
    lines: list[RequestedLineReply]
    difference_cents: int | None
    reason: str
    shop_reference: str
    shop_reason: str
    asked_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    attempts: int
    last_error: str


def change_request_reply(request: ChangeRequest) -> ChangeRequestReply:
    """Show a request."""
    own = {name: getattr(request, name) for name in ChangeRequestReply.model_fields if name != "lines"}
    return ChangeRequestReply(**own, lines=[RequestedLineReply(**vars(line)) for line in request.lines])


async def ask_for_change(request: web.Request, body: NewChangeBody) -> ChangeRequestReply:
    """Store what a customer wants; `send_change` asks the shop, and says how far that came in a moment."""
    changes = request.app[CHANGE_REQUESTS]
    change = await changes.ask(
        WantedChange(
            number=body.number,
            kind=body.kind,
            customer_id=await request.app[IDENTITIES].current(body.customer_id),
            conversation_id=body.conversation_id,
            lines=tuple(RequestedLine(line.variant_id, line.quantity, line.new_variant_id) for line in body.lines),
            reason=body.reason,
            details=body.new_address,
            payment=body.payment,
            difference_cents=body.difference_cents,
        )
    )
    return change_request_reply(change)


async def send_change(request: web.Request, reply: ChangeRequestReply) -> ChangeRequestReply:
    """Ask the shop, and wait for a moment."""
    changes = request.app[CHANGE_REQUESTS]
    if reply.state is ChangeState.ASKED:
        await request.app[CHANGE_REQUEST_SENDER].send_now(reply.change_request_id, within_s=ANSWER_WAIT_S)
    return change_request_reply(await changes.read(reply.change_request_id))


ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/change-requests",
        "Ask the shop for a change of an order",
        ask_for_change,
        ChangeRequestReply,
        body=NewChangeBody,
        finish=send_change,
        errors=(400, 404, 409),
    ),
)
