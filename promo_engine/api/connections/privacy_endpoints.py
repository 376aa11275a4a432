"""GET /v1/privacy-requests and one of them, POST /v1/privacy-requests/{request_id}/done, the export of a customer."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import Field

from promo_engine.api.connections.privacy_replies import PrivacyReply, privacy_reply
from promo_engine.api.connections.shop_caller import source_of
from promo_engine.api.http.endpoint import Body, Endpoint, Reply, path_id
from promo_engine.api.http.keys import PRIVACY
from promo_engine.codecs.written_types import JsonObject
from promo_engine.domain.connections.shop_sources import SourceScope


class OpenRequest(PrivacyReply):
    """A request that waits for the gateway's part, with every identifier of the person."""

    customer_ids: list[str]


class OpenRequests(Reply):
    """What the gateway still has to do, the oldest first."""

    requests: list[OpenRequest]


class DoneBody(Body):
    """The gateway's part of an export; null for other kinds."""

    conversations: JsonObject | None = Field(default=None)


class DoneReply(Reply):
    """Whether the request waited for this."""

    finished: bool


class ExportReply(PrivacyReply):
    """A request with what it exports; null where that is deleted, or was never asked for."""

    export: dict[str, Any] | None


async def list_open_requests(request: web.Request) -> OpenRequests:
    """List what the gateway still has to do."""
    return OpenRequests(
        requests=[
            OpenRequest(**privacy_reply(found).model_dump(), customer_ids=list(found.customer_ids))
            for found in await request.app[PRIVACY].open_requests()
        ]
    )


async def finish_request(request: web.Request, body: DoneBody) -> DoneReply:
    """The gateway has done its part."""
    request_id = path_id(request, "request_id")
    return DoneReply(finished=await request.app[PRIVACY].finish(request_id, conversations=body.conversations))


async def read_request(request: web.Request) -> ExportReply:
    """Read a request, with its export."""
    await source_of(request, SourceScope.CUSTOMERS)
    found = await request.app[PRIVACY].request(path_id(request, "request_id"))
    return ExportReply(**privacy_reply(found).model_dump(), export=None if found.export is None else dict(found.export))


async def export_customer(request: web.Request) -> ExportReply:
    """Export what is stored of a customer; the gateway's part follows within a minute, under the request's id."""
    source_id = await source_of(request, SourceScope.CUSTOMERS)
    actor = request.headers.get("X-Actor", "")[:64] or f"source:{source_id}"
    found = await request.app[PRIVACY].export(path_id(request, "customer_id"), requested_by=actor)
    return ExportReply(**privacy_reply(found).model_dump(), export=None if found.export is None else dict(found.export))


_REFUSALS = (400, 401, 403, 404)
ENDPOINTS = (
    Endpoint("GET", "/v1/privacy-requests", "List open requests about privacy", list_open_requests, OpenRequests),
    Endpoint(
        "GET",
        "/v1/privacy-requests/{request_id}",
        "Read a request about privacy",
        read_request,
        ExportReply,
        errors=_REFUSALS,
    ),
    Endpoint(
        "POST",
        "/v1/privacy-requests/{request_id}/done",
        "Finish a request about privacy",
        finish_request,
        DoneReply,
        body=DoneBody,
        errors=(400,),
        takes_key=False,
    ),
    Endpoint(
        "POST",
        "/v1/customers/{customer_id}/export",
        "Export a customer",
        export_customer,
        ExportReply,
        errors=_REFUSALS,
        takes_key=False,
    ),
)
