"""One JSON shape for everything that goes wrong: `{"code", "message", "field"}`."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError

from promo_engine.domain.errors import (
    Conflict,
    EngineError,
    InvalidRequest,
    NotFound,
    NotYours,
    Stale,
    Unavailable,
    VersionNeeded,
)

_LOG = logging.getLogger(__name__)
_STATUS: dict[type[EngineError], int] = {
    InvalidRequest: 400,
    NotFound: 404,
    NotYours: 403,
    Conflict: 409,
    Stale: 412,
    VersionNeeded: 428,
    Unavailable: 503,
}
_HTTP_CODES = {404: "unknown_path", 405: "method_not_allowed", 413: "request_too_large"}


class ErrorBody(BaseModel):
    """The body of every 4xx and 5xx."""

    code: str
    message: str
    field: str | None


def error_response(status: int, *, code: str, message: str, field: str | None = None) -> web.Response:
    """Make the one error response."""
    body = ErrorBody(code=code, message=message, field=field)
    return web.Response(status=status, text=body.model_dump_json(), content_type="application/json")


def invalid(error: ValidationError, *, union_tags: frozenset[str] = frozenset()) -> InvalidRequest:
    """Say the first thing that a schema found wrong; `union_tags` are no part of the path a sender knows."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = [str(part) for part in first["loc"] if part not in union_tags]
    field = ".".join(path) or None
    text = first["msg"].removeprefix("Value error, ")
    return InvalidRequest("invalid_request", f"{field}: {text}" if field else text, field=field)


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what the engine, a schema or aiohttp refuses into the one error shape."""
    try:
        return await handler(request)
    except EngineError as error:
        return error_response(_STATUS[type(error)], code=error.code, message=error.message, field=error.field)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code = _HTTP_CODES.get(error.status, "invalid_request")
        response = error_response(error.status, code=code, message=f"{error.reason}.")
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception:
        _LOG.exception("%s %s failed", request.method, request.path)
        return error_response(500, code="internal_error", message="The engine failed; its log says why.")
