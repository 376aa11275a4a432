"""What shops send: writes under /shop/v1 and webhooks under /hooks, passed on to the engine as they came.

The engine knows tokens and signatures; the gateway, which alone is public, bounds how much and how fast. A body is
passed on byte by byte, since signatures are over what was sent.
"""

from __future__ import annotations

from hashlib import sha256

from aiohttp import web

from common.errors import InvalidRequest, NotFound, Unauthorized
from gateway import keys

MOST_BODY = 8 * 1024 * 1024
"""Bytes of a body: 500 products with a hundred variants each have some 6 MB."""
_PASSED_HEADERS = ("authorization", "content-type", "x-shopify-", "x-wc-", "x-promobot-")
_ID = r"[^/]{1,200}"
ROUTES = (
    ("POST", "catalogue"),
    ("DELETE", f"products/{{product_id:{_ID}}}"),
    ("PUT", f"orders/{{order_id:{_ID}}}"),
    ("POST", "events"),
    ("GET", f"customers/{{customer_id:{_ID}}}"),
    ("PUT", f"customers/{{customer_id:{_ID}}}"),
    ("DELETE", f"customers/{{customer_id:{_ID}}}"),
    ("POST", f"customers/{{customer_id:{_ID}}}/export"),
    ("GET", f"privacy-requests/{{request_id:{_ID}}}"),
)
"""What a source may do, below /shop/v1 here and /v1 at the engine."""


def add_shop_routes(app: web.Application) -> None:
    """Add the routes above and POST /hooks/{source}."""
    for method, path in ROUTES:
        app.router.add_route(method, f"/shop/v1/{path}", pass_write_on)
    app.router.add_post("/hooks/{source:[a-z0-9][a-z0-9_-]{0,63}}", pass_webhook_on)


async def pass_write_on(request: web.Request) -> web.Response:
    """A request of a source, under its token."""
    token = request.headers.get("Authorization")
    if not token:
        raise Unauthorized("unauthorized", "Send the source's token: Authorization: Bearer TOKEN.")
    request.app[keys.SHOP_RATE].take(sha256(token.encode("utf-8", "replace")).hexdigest())
    return await _pass_on(request, request.rel_url.raw_path.removeprefix("/shop/v1/"))


async def pass_webhook_on(request: web.Request) -> web.Response:
    """A webhook, which the engine verifies and stores before this answers."""
    source = request.match_info["source"]
    request.app[keys.HOOK_RATE].take(source)
    return await _pass_on(request, f"webhooks/{source}")


async def _pass_on(request: web.Request, path: str) -> web.Response:
    if any(segment.strip(".") == "" for segment in request.rel_url.path.split("/")[1:]):
        raise NotFound("not_found", "There is nothing of that name.")
    headers = {name: value for name, value in request.headers.items() if name.lower().startswith(_PASSED_HEADERS)}
    status, body = await request.app[keys.ENGINE].pass_on(
        request.method, path, body=await _read(request), headers=headers
    )
    answer = web.Response(status=status, body=body, content_type="application/json")
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


async def _read(request: web.Request) -> bytes:
    """The body, as it was sent. Raises InvalidRequest (`request_too_large`)."""
    parts, size = [], 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > MOST_BODY:
            raise InvalidRequest(
                "request_too_large", f"A body has {MOST_BODY} bytes at most; send fewer items at once."
            )
        parts.append(part)
    return b"".join(parts)
