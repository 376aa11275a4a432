"""The engine's error responses: the shape of `common.http_errors`, with the engine's codes."""

from __future__ import annotations

from common.http_errors import error_middleware as make_error_middleware

_CODES = {404: "unknown_path", 405: "method_not_allowed", 413: "request_too_large"}


def _code_of(status: int) -> str:
    return _CODES.get(status, "invalid_request")


error_middleware = make_error_middleware(code_of=_code_of, failure="The engine failed; its log says why.")
