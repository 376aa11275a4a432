"""Errors as HTTP answers. Every 4xx and 5xx has the body `{"code", "message", "field"}`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, ValidationError

from common.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    ServiceError,
    Stale,
    TooMany,
    Unauthorized,
    Unavailable,
    VersionNeeded,
)

logger = logging.getLogger(__name__)

STATUS: dict[type[ServiceError], int] = {
    InvalidRequest: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Stale: 412,
    VersionNeeded: 428,
    TooMany: 429,
    Unavailable: 503,
}


class ErrorBody(BaseModel):
    """The body of every 4xx and 5xx."""

    code: str
    message: str
    field: str | None


def error_response(status: int, *, code: str, message: str, field: str | None = None) -> web.Response:
    """The one error response."""
    body = ErrorBody(code=code, message=message, field=field)
    return web.Response(status=status, text=body.model_dump_json(), content_type="application/json")


def invalid(error: ValidationError, *, union_tags: frozenset[str] = frozenset()) -> InvalidRequest:
    """The first fault that a schema found; `union_tags` are no part of the path that a sender knows."""
    first: Any = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"] if part not in union_tags) or None
    text = first["msg"].removeprefix("Value error, ")
    return InvalidRequest("invalid_request", f"{field}: {text}" if field else text, field=field)


def error_middleware(*, code_of: Callable[[int], str], failure: str) -> Middleware:
    """A middleware that turns what a handler raises into the error response.

    `code_of` gives the code of a status that aiohttp itself answers, such as 404 for an unknown path; `failure` is the
    message of an unexpected exception, which is logged.
    """

    @web.middleware
    async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ServiceError as error:
            status = next((number for kind, number in STATUS.items() if isinstance(error, kind)), 500)
            response = error_response(status, code=error.code, message=error.message, field=error.field)
            if status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response
        except web.HTTPException as error:
            if error.status < 400:
                raise
            response = error_response(error.status, code=code_of(error.status), message=f"{error.reason}.")
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
            return response
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            return error_response(500, code="internal_error", message=failure)

    return answer_errors
