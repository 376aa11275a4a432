"""Changes of orders that customers asked for: the engine keeps them, people answer where the shop's system cannot."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from common.bodies import Body, Query, path_segment
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.audit_record import record

_Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class ChangesQuery(Query):
    """Which requests to list; `before` is the `next` of the page before, `number` an order's, however written."""

    state: Literal["asked", "sent", "confirmed", "refused", "failed"] | None = None
    kind: Literal["cancel", "return", "address", "payment", "items", "exchange", "account_address"] | None = None
    number: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] | None = None
    before: Annotated[str, Field(max_length=64)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ChangeAnswerBody(Body):
    """What the shop decided, as a person knows it."""

    state: Literal["confirmed", "refused"]
    reference: Annotated[str, Field(max_length=128, pattern=r"^[^\x00]*$")] = ""
    reason: _Text = ""


async def list_changes(request: web.Request, _caller: Caller, query: ChangesQuery) -> dict[str, Any]:
    """Changes of orders that customers asked for, the newest first."""
    return await request.app[keys.ENGINE].change_requests(query.model_dump(exclude_none=True))


async def show_change(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """One change that a customer asked for, with its order."""
    return await request.app[keys.ENGINE].change_request(_id(request))


async def answer_change(request: web.Request, caller: Caller, body: ChangeAnswerBody) -> dict[str, Any]:
    """Record the shop's answer; the first one stands, and the reply says which."""
    subject = _id(request)
    answered = await request.app[keys.ENGINE].answer_change(subject, body.model_dump())
    if answered["state"] == body.state:  # where the shop was faster, its answer stands
        await record(request, caller.entry(f"change_{body.state}", subject, order_id=answered["order_id"]))
    return answered


async def retry_change(request: web.Request, caller: Caller) -> dict[str, Any]:
    """Send a failed request to the shop once more."""
    subject = _id(request)
    again = await request.app[keys.ENGINE].retry_change(subject)
    await record(request, caller.entry("change_retry", subject, order_id=again["order_id"]))
    return again


def _id(request: web.Request) -> str:
    return path_segment(request, "change_request_id")
