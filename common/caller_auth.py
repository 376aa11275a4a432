"""Authentication of callers by a shared secret."""

from __future__ import annotations

import hmac

from aiohttp import web

from common.errors import Unauthorized


def same_secret(sent: str, expected: str) -> bool:
    """Whether both are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(sent.encode("utf-8", "replace"), expected.encode())


def holds_bearer_token(request: web.Request, token: str) -> bool:
    """Whether the request carries the token; False without an Authorization header.

    Raises Unauthorized (`unauthorized`) for another token or another scheme.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return False
    scheme, _, sent = header.partition(" ")
    if scheme.lower() != "bearer" or not same_secret(sent.strip(), token):
        raise Unauthorized("unauthorized", "The admin token is missing or wrong.")
    return True
