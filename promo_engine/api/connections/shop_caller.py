"""Who writes: the source whose token a request carries."""

from __future__ import annotations

from aiohttp import web

from common.errors import Unauthorized
from promo_engine.api.http.keys import SOURCES
from promo_engine.domain.connections.shop_sources import SourceScope

LOCAL_SOURCE = "api"
"""Of requests without a token, which only the engine's own network can send: the gateway lets none through."""


async def source_of(request: web.Request, scope: SourceScope) -> str:
    """The source that writes.

    Raises Unauthorized for a token that nobody has, Forbidden `scope` for one that may do other things.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return LOCAL_SOURCE
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("unauthorized", "The source's token is missing or wrong.")
    return (await request.app[SOURCES].authenticate(token.strip(), scope=scope)).source_id
