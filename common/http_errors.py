"""Errors as HTTP answers: always `{"code", "message", "field"}`."""

from __future__ import annotations

import logging
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from common.errors import (
    Conflict,
    Forbidden,
    GatewayError,
    InvalidRequest,
    NotFound,
    TooMany,
    Unauthorized,
    Unavailable,
)

logger = logging.getLogger(__name__)

STATUS: dict[type[GatewayError], int] = {
    InvalidRequest: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooMany: 429,
    Unavailable: 503,
}


def error_response(*, status: int, code: str, message: str, field: str | None = None) -> web.Response:
    """The one error shape."""
    return web.json_response({"code": code, "message": message, "field": field}, status=status)


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into the error shape."""
    try:
        return await handler(request)
    except GatewayError as error:
        status = next((number for kind, number in STATUS.items() if isinstance(error, kind)), 500)
        response = error_response(status=status, code=error.code, message=error.message, field=error.field)
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code = HTTPStatus(error.status).phrase.lower().replace(" ", "_")
        return error_response(status=error.status, code=code, message=f"{error.reason}.")
    except Exception:
        logger.exception("%s %s failed.", request.method, request.path)
        return error_response(status=500, code="internal_error", message="Something went wrong on our side.")
