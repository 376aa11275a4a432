"""Promotions and offers: the engine keeps and checks them, the console makes, changes and moves them."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from common.bodies import Body, Query, path_segment, read_body, read_query
from gateway import keys
from gateway.admin.access.guard import Caller
from gateway.conversations.audit import audit_log

Version = Annotated[int, Field(ge=1)]
Kind = Literal["promotions", "offers"]


class OffersQuery(Query):
    """Over how many days results are counted."""

    days: Annotated[int, Field(ge=1, le=365)] = 30


class MoveBody(Body):
    """What is to become of it, and the version that was on the screen."""

    transition: Literal["pause", "resume", "schedule", "end"]
    version: Version


class NewBody(Body):
    """A new promotion or offer in the engine's own words; the engine checks them."""

    terms: dict[str, Any]


class ChangeBody(NewBody):
    """The whole of it as it is to be, and the version that was on the screen."""

    version: Version


async def list_offers(request: web.Request, _caller: Caller) -> web.Response:
    """Every promotion with its offers, each offer with its results."""
    query = read_query(request, OffersQuery)
    return web.json_response(await request.app[keys.ENGINE].promotions_with_offers(days=query.days))


async def show_promotion(request: web.Request, _caller: Caller) -> web.Response:
    """A promotion with its budget and what it has spent by day."""
    return web.json_response(await request.app[keys.ENGINE].promotion(path_segment(request, "promotion_id")))


async def create_promotion(request: web.Request, caller: Caller) -> web.Response:
    """POST a draft."""
    return await _create(request, caller, "promotions")


async def change_promotion(request: web.Request, caller: Caller) -> web.Response:
    """PUT a promotion."""
    return await _change(request, caller, "promotions", path_segment(request, "promotion_id"))


async def move_promotion(request: web.Request, caller: Caller) -> web.Response:
    """Schedule, pause, resume or end a promotion."""
    return await _move(request, caller, "promotions", path_segment(request, "promotion_id"))


async def create_offer(request: web.Request, caller: Caller) -> web.Response:
    """POST a draft."""
    return await _create(request, caller, "offers")


async def change_offer(request: web.Request, caller: Caller) -> web.Response:
    """PUT an offer; once live, the engine keeps what shoppers were promised."""
    return await _change(request, caller, "offers", path_segment(request, "offer_id"))


async def move_offer(request: web.Request, caller: Caller) -> web.Response:
    """Schedule, pause, resume or end an offer."""
    return await _move(request, caller, "offers", path_segment(request, "offer_id"))


async def _create(request: web.Request, caller: Caller, kind: Kind) -> web.Response:
    body = await read_body(request, NewBody)
    made = await request.app[keys.ENGINE].change("POST", kind, body=body.terms, actor=caller.name)
    name = _word(kind)
    await _record(request, caller, f"{name}_create", made[f"{name}_id"], body.terms)
    return web.json_response(made, status=201)


async def _change(request: web.Request, caller: Caller, kind: Kind, subject: str) -> web.Response:
    body = await read_body(request, ChangeBody)
    changed = await request.app[keys.ENGINE].change(
        "PUT", f"{kind}/{subject}", body=body.terms, actor=caller.name, version=body.version
    )
    await _record(request, caller, f"{_word(kind)}_change", subject, body.terms)
    return web.json_response(changed)


async def _move(request: web.Request, caller: Caller, kind: Kind, subject: str) -> web.Response:
    """The engine refuses if it has changed since it was read."""
    body = await read_body(request, MoveBody)
    moved = await request.app[keys.ENGINE].change(
        "POST",
        f"{kind}/{subject}/transitions",
        body={"transition": body.transition},
        actor=caller.name,
        version=body.version,
    )
    await _record(request, caller, f"{_word(kind)}_{body.transition}", subject, {})
    return web.json_response(moved)


def _word(kind: Kind) -> str:
    return kind.removesuffix("s")


async def _record(request: web.Request, caller: Caller, action: str, subject: str, details: dict[str, Any]) -> None:
    await request.app[keys.LOG].write(partial(audit_log.record, deed=caller.deed(action, subject, **details)))
