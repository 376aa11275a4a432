"""Demo sign-in: a page visitor picks a household to shop as, or stays a stranger. Shops sign their own tokens."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from gateway import keys
from gateway.bodies import Body, read_body
from gateway.clock import iso, utc_now
from gateway.errors import Forbidden

DEMO_CUSTOMERS = 20


class SessionRequest(Body):
    """Who to be."""

    household_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None


async def create_session(request: web.Request) -> web.Response:
    """POST /api/session: a signed token that ends soon. 404 for a household the engine does not know."""
    require_demo(request)
    wanted = await read_body(request, SessionRequest)
    if wanted.household_id is not None:
        await request.app[keys.ENGINE].require_customer(wanted.household_id)
    token, expires_at = request.app[keys.IDENTITY].sign_demo_token(wanted.household_id, now=utc_now())
    return web.json_response({"token": token, "customer_id": wanted.household_id, "expires_at": iso(expires_at)})


async def demo_customers(request: web.Request) -> web.Response:
    """GET /api/demo/customers: households to pick from."""
    require_demo(request)
    return web.json_response({"customers": await request.app[keys.ENGINE].customers(limit=DEMO_CUSTOMERS)})


def require_demo(request: web.Request) -> None:
    """Raises Forbidden (`demo_sign_in_off`) where the demo is off."""
    if not request.app[keys.SETTINGS].demo_sign_in:
        raise Forbidden("demo_sign_in_off", "Demo sign-in is off; the shop signs its customers in.")
