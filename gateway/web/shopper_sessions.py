"""Tokens for anonymous shoppers on any shop's page, and for the demo's customers.

Shops sign the tokens of their customers themselves.
"""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from common.bodies import Body, read_body
from common.clock import iso, utc_now
from common.errors import Forbidden
from gateway import keys

DEMO_CUSTOMERS = 20


class SessionRequest(Body):
    """Whom the token is for."""

    household_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    renew: Annotated[str, Field(max_length=4096)] | None = None
    """An anonymous shopper's earlier token, so that the new one is for the same shopper."""


async def create_session(request: web.Request) -> web.Response:
    """POST /api/session: a signed token that ends soon; for a customer only where the demo is on.

    404 for a household the engine does not know.
    """
    wanted = await read_body(request, SessionRequest)
    identity, now = request.app[keys.IDENTITY], utc_now()
    if wanted.household_id is None:
        token, expires_at = identity.sign_anonymous(now=now, renew=wanted.renew)
    else:
        require_demo(request)
        await request.app[keys.ENGINE].require_customer(wanted.household_id)
        token, expires_at = identity.sign_demo_token(wanted.household_id, now=now)
    body = {"token": token, "customer_id": wanted.household_id, "expires_at": iso(expires_at)}
    # A shop's page on another origin asks for anonymous shoppers. Each request makes a new one, so no token leaks.
    return web.json_response(body, headers={"Access-Control-Allow-Origin": "*"})


async def demo_customers(request: web.Request) -> web.Response:
    """GET /api/demo/customers: customers to try the demo as."""
    require_demo(request)
    return web.json_response({"customers": await request.app[keys.ENGINE].customers(limit=DEMO_CUSTOMERS)})


def require_demo(request: web.Request) -> None:
    """Raises Forbidden (`demo_sign_in_off`) where the demo is off."""
    if not request.app[keys.SETTINGS].demo_sign_in:
        raise Forbidden("demo_sign_in_off", "Demo sign-in is off; the shop signs its customers in.")
