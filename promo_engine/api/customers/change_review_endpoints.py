"""GET /v1/change-requests and /v1/change-requests/{change_request_id}, POST …/answer and …/retry."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field, StringConstraints

from promo_engine.api.customers.change_request_endpoints import ChangeRequestReply, Note, change_request_reply
from promo_engine.api.customers.order_endpoints import OrderReply, order_reply
from promo_engine.api.http.endpoint import Body, Endpoint, Query, Reply, path_id
from promo_engine.api.http.keys import CHANGE_REQUESTS, ORDERS
from promo_engine.domain.customers.change_requests import ChangeKind, ChangeState, ShopAnswer
from promo_engine.services.orders.change_request_service import ListedChange


class ShopAnswerBody(Body):
    """What the shop decided."""

    state: Literal["confirmed", "refused"]
    reference: Annotated[str, StringConstraints(max_length=128, pattern=r"^[^\x00]*$")] = ""
    reason: Note = ""


class ChangesQuery(Query):
    """Which requests to list; `before` is the last id of the page before, `number` an order's, however written."""

    state: ChangeState | None = None
    kind: ChangeKind | None = None
    number: Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00]*$")] = ""
    before: Annotated[str, StringConstraints(max_length=64)] = ""
    limit: int = Field(default=50, ge=1, le=200)


class ListedChangeReply(ChangeRequestReply):
    """A request as the shop's people see it. Without lines it is about the whole order."""

    number: str
    customer_id: str
    conversation_id: str
    """Empty where nobody asked in a chat."""
    details: str
    """The new address; empty once the shop has answered."""
    payment: str
    """How it is paid or paid back, in the customer's words; empty once the shop has answered."""


class ChangesReply(Reply):
    """Requests, the newest first; `next` is null on the last page."""

    change_requests: list[ListedChangeReply]
    next: str | None
    counts: dict[ChangeState, int]
    """All requests by state."""


class ReviewedChangeReply(Reply):
    """A request and its order."""

    change_request: ListedChangeReply
    order: OrderReply


async def list_changes(request: web.Request, query: ChangesQuery) -> ChangesReply:
    """List requests."""
    changes = request.app[CHANGE_REQUESTS]
    found = await changes.page(
        states=list(ChangeState) if query.state is None else [query.state],
        kinds=list(ChangeKind) if query.kind is None else [query.kind],
        number=query.number,
        before=query.before,
        limit=query.limit,
    )
    counts = dict.fromkeys(ChangeState, 0)
    for (_, state), count in (await changes.counts()).items():
        counts[state] += count
    return ChangesReply(
        change_requests=[_listed(change) for change in await changes.with_numbers(found)],
        next=found[-1].change_request_id if len(found) == query.limit else None,
        counts=counts,
    )


async def read_change(request: web.Request) -> ReviewedChangeReply:
    """Return one request with its order."""
    changes = request.app[CHANGE_REQUESTS]
    (change,) = await changes.with_numbers([await changes.read(path_id(request, "change_request_id"))])
    view = await request.app[ORDERS].read(change.request.order_id)
    return ReviewedChangeReply(change_request=_listed(change), order=await order_reply(request, view))


async def answer_change(request: web.Request, body: ShopAnswerBody) -> ChangeRequestReply:
    """Record the shop's answer; the first one stands."""
    answer = ShopAnswer(ChangeState(body.state), reference=body.reference, reason=body.reason)
    return change_request_reply(
        await request.app[CHANGE_REQUESTS].answer(path_id(request, "change_request_id"), answer)
    )


async def retry_change(request: web.Request) -> ChangeRequestReply:
    """Send a failed request once more."""
    return change_request_reply(await request.app[CHANGE_REQUESTS].retry(path_id(request, "change_request_id")))


def _listed(change: ListedChange) -> ListedChangeReply:
    request = change.request
    return ListedChangeReply(
        **change_request_reply(request).model_dump(),
        number=change.number,
        customer_id=request.customer_id,
        conversation_id=request.conversation_id,
        details=request.details,
        payment=request.payment,
    )


ENDPOINTS = (
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
        "GET",
        "/v1/change-requests/{change_request_id}",
        "Read a change that a customer asked for, with its order",
        read_change,
        ReviewedChangeReply,
        errors=(400, 404),
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
