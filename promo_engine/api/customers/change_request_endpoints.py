"""POST and GET /v1/change-requests, POST /v1/change-requests/{change_request_id}/answer and /retry."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field, StringConstraints

from promo_engine.api.http.endpoint import Body, Endpoint, Id, Query, Reply, path_id
from promo_engine.api.http.keys import CHANGE_REQUEST_SENDER, CHANGE_REQUESTS, IDENTITIES
from promo_engine.domain.customers.change_requests import (
    ChangeKind,
    ChangeRequest,
    ChangeState,
    RequestedLine,
    ShopAnswer,
)
from promo_engine.services.orders.change_request_service import WantedChange

ANSWER_WAIT_S = 0.6
"""How long a chat waits for the shop's answer before it says that the shop was change."""
_Note = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]


class RequestedLineBody(Body):
    """Some pieces of a variant."""

    variant_id: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00]*$")]
    quantity: int = Field(ge=1, le=10_000)


class NewChangeBody(Body):
    """What a signed-in customer wants the shop to change; no lines: the whole order."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
    kind: ChangeKind
    customer_id: Id
    conversation_id: Id
    lines: list[RequestedLineBody] = Field(default_factory=list, max_length=200)
    reason: _Note = ""
    new_address: Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")] = ""


class ShopAnswerBody(Body):
    """What the shop decided."""

    state: Literal["confirmed", "refused"]
    reference: Annotated[str, StringConstraints(max_length=128, pattern=r"^[^\x00]*$")] = ""
    reason: _Note = ""


class ChangesQuery(Query):
    """Which requests to list; `before` is the last id of the page before."""

    state: ChangeState | None = None
    before: Annotated[str, StringConstraints(max_length=64)] = ""
    limit: int = Field(default=50, ge=1, le=200)


class ChangeRequestReply(Reply):
    """A change that was asked for, and what the shop said."""

    change_request_id: str
    order_id: str
    kind: ChangeKind
    state: ChangeState
    reason: str
    shop_reference: str
    shop_reason: str
    asked_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    attempts: int
    last_error: str


class ChangesReply(Reply):
    """Requests, the newest first; `next` is null on the last page."""

    change_requests: list[ChangeRequestReply]
    next: str | None
    counts: dict[ChangeState, int]
    """All requests by state."""


def change_request_reply(request: ChangeRequest) -> ChangeRequestReply:
    """Show a request."""
    return ChangeRequestReply(**{name: getattr(request, name) for name in ChangeRequestReply.model_fields})


async def ask_for_change(request: web.Request, body: NewChangeBody) -> ChangeRequestReply:
    """Store what a customer wants, and ask the shop; the reply says how far that came in a moment."""
    changes = request.app[CHANGE_REQUESTS]
    change = await changes.ask(
        WantedChange(
            number=body.number,
            kind=body.kind,
            customer_id=await request.app[IDENTITIES].current(body.customer_id),
            conversation_id=body.conversation_id,
            lines=tuple(RequestedLine(line.variant_id, line.quantity) for line in body.lines),
            reason=body.reason,
            details=body.new_address,
        )
    )
    if change.state is ChangeState.ASKED:
        await request.app[CHANGE_REQUEST_SENDER].send_now(change.change_request_id, within_s=ANSWER_WAIT_S)
        change = await changes.read(change.change_request_id)
    return change_request_reply(change)


async def list_changes(request: web.Request, query: ChangesQuery) -> ChangesReply:
    """List requests."""
    changes = request.app[CHANGE_REQUESTS]
    states = list(ChangeState) if query.state is None else [query.state]
    found = await changes.page(states=states, before=query.before, limit=query.limit)
    counts = dict.fromkeys(ChangeState, 0)
    for (_, state), count in (await changes.counts()).items():
        counts[state] += count
    return ChangesReply(
        change_requests=[change_request_reply(change) for change in found],
        next=found[-1].change_request_id if len(found) == query.limit else None,
        counts=counts,
    )


async def answer_change(request: web.Request, body: ShopAnswerBody) -> ChangeRequestReply:
    """Record the shop's answer; the first one stands."""
    answer = ShopAnswer(ChangeState(body.state), reference=body.reference, reason=body.reason)
    return change_request_reply(
        await request.app[CHANGE_REQUESTS].answer(path_id(request, "change_request_id"), answer)
    )


async def retry_change(request: web.Request) -> ChangeRequestReply:
    """Send a failed request once more."""
    return change_request_reply(await request.app[CHANGE_REQUESTS].retry(path_id(request, "change_request_id")))


ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/change-requests",
        "Ask the shop for a change of an order",
        ask_for_change,
        ChangeRequestReply,
        body=NewChangeBody,
        errors=(400, 404, 409),
    ),
    Endpoint(
        "GET",
        "/v1/change-requests",
        "List changes that customers asked for",
        list_changes,
        ChangesReply,
        query=ChangesQuery,
        errors=(400,),
    ),
    Endpoint(
        "POST",
        "/v1/change-requests/{change_request_id}/answer",
        "Record the shop's answer",
        answer_change,
        ChangeRequestReply,
        body=ShopAnswerBody,
        errors=(400, 404),
    ),
    Endpoint(
        "POST",
        "/v1/change-requests/{change_request_id}/retry",
        "Send a failed request again",
        retry_change,
        ChangeRequestReply,
        errors=(400, 404, 409),
    ),
)
