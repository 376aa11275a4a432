"""Offers as the engine knows them, and pausing one or letting it go on."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from gateway import keys
from gateway.bodies import Body, Query, read_body, read_query
from gateway.console.guard import Caller
from gateway.log import deeds


class OffersQuery(Query):
    """Over how many days results are counted."""

    days: Annotated[int, Field(ge=1, le=365)] = 30


class MoveBody(Body):
    """What is to become of an offer, and the version that was on the screen."""

    transition: Literal["pause", "resume", "schedule"]
    version: Annotated[int, Field(ge=1)]


async def list_offers(request: web.Request, _caller: Caller) -> web.Response:
    """Every promotion with its offers, each offer with its results."""
    query = read_query(request, OffersQuery)
    return web.json_response(await request.app[keys.ENGINE].promotions_with_offers(days=query.days))


async def move_offer(request: web.Request, caller: Caller) -> web.Response:
    """Pause, resume or schedule an offer; the engine refuses if it has changed since it was read."""
    body = await read_body(request, MoveBody)
    offer_id = request.match_info["offer_id"]
    moved = await request.app[keys.ENGINE].move_offer(
        offer_id, transition=body.transition, version=body.version, actor=caller.name
    )
    deed = caller.deed(f"offer_{body.transition}", offer_id)
    await request.app[keys.LOG].write(partial(deeds.record, deed=deed))
    return web.json_response(moved)
