"""Promotions and offers: the engine keeps and checks them, the console makes, changes and moves them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field, WithJsonSchema

from common.bodies import Body, Query, Reply, path_segment
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.admin_endpoint import engine_schema
from gateway.admin.audit_record import record

Version = Annotated[int, Field(ge=1)]
Kind = Literal["promotions", "offers"]

_OFFER = {
    "allOf": [
        engine_schema("GET /v1/promotions/{promotion_id}/offers", "offers[]"),
        {
            "type": "object",
            "required": ["results", "money"],
            "properties": {
                "results": {"anyOf": [engine_schema("GET /v1/offer-results", "results[]"), {"type": "null"}]},
                "money": {"anyOf": [engine_schema("GET /v1/redemption-costs", "offers[]"), {"type": "null"}]},
            },
        },
    ]
}
_PROMOTION = {
    "allOf": [
        engine_schema("GET /v1/promotions", "promotions[]"),
        {
            "type": "object",
            "required": ["offers"],
            "properties": {"offers": {"type": "array", "items": _OFFER}},
        },
    ]
}
PROMOTION_DETAIL = {
    "allOf": [
        engine_schema("GET /v1/promotions/{promotion_id}"),
        {
            "type": "object",
            "required": ["spending"],
            "properties": {
                "spending": engine_schema("GET /v1/promotions/{promotion_id}/spending", "spending"),
            },
        },
    ]
}
"""JSON schema of a promotion with what it has spent by day."""


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


class PromotionsWithOffers(Reply):
    """Every promotion with its offers, each with what came of it in the last `days` days."""

    promotions: list[Annotated[dict[str, Any], WithJsonSchema(_PROMOTION)]]
    days: int


async def list_offers(request: web.Request, _caller: Caller, query: OffersQuery) -> PromotionsWithOffers:
    """Every promotion with its offers, each offer with its results."""
    found = await request.app[keys.ENGINE].promotions_with_offers(days=query.days)
    return PromotionsWithOffers(promotions=found["promotions"], days=found["days"])


async def show_promotion(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """A promotion with its budget and what it has spent by day."""
    return await request.app[keys.ENGINE].promotion(path_segment(request, "promotion_id"))


async def create_promotion(request: web.Request, caller: Caller, body: NewBody) -> dict[str, Any]:
    """Make a draft of a promotion."""
    return await _create(request, caller, "promotions", body)


async def change_promotion(request: web.Request, caller: Caller, body: ChangeBody) -> dict[str, Any]:
    """Change a promotion."""
    return await _change(request, caller, "promotions", path_segment(request, "promotion_id"), body)


async def move_promotion(request: web.Request, caller: Caller, body: MoveBody) -> dict[str, Any]:
    """Schedule, pause, resume or end a promotion."""
    return await _move(request, caller, "promotions", path_segment(request, "promotion_id"), body)


async def create_offer(request: web.Request, caller: Caller, body: NewBody) -> dict[str, Any]:
    """Make a draft of an offer."""
    return await _create(request, caller, "offers", body)


async def change_offer(request: web.Request, caller: Caller, body: ChangeBody) -> dict[str, Any]:
    """Change an offer; once it is live, the engine refuses to change what shoppers were promised."""
    return await _change(request, caller, "offers", path_segment(request, "offer_id"), body)


async def move_offer(request: web.Request, caller: Caller, body: MoveBody) -> dict[str, Any]:
    """Schedule, pause, resume or end an offer."""
    return await _move(request, caller, "offers", path_segment(request, "offer_id"), body)


async def _create(request: web.Request, caller: Caller, kind: Kind, body: NewBody) -> dict[str, Any]:
    made = await request.app[keys.ENGINE].change("POST", kind, body=body.terms, actor=caller.name)
    name = _singular(kind)
    await record(request, caller.entry(f"{name}_create", made[f"{name}_id"], **body.terms))
    return made


async def _change(request: web.Request, caller: Caller, kind: Kind, subject: str, body: ChangeBody) -> dict[str, Any]:
    changed = await request.app[keys.ENGINE].change(
        "PUT", f"{kind}/{subject}", body=body.terms, actor=caller.name, version=body.version
    )
    await record(request, caller.entry(f"{_singular(kind)}_change", subject, **body.terms))
    return changed


async def _move(request: web.Request, caller: Caller, kind: Kind, subject: str, body: MoveBody) -> dict[str, Any]:
    """The engine refuses if it has changed since it was read."""
    moved = await request.app[keys.ENGINE].change(
        "POST",
        f"{kind}/{subject}/transitions",
        body={"transition": body.transition},
        actor=caller.name,
        version=body.version,
    )
    await record(request, caller.entry(f"{_singular(kind)}_{body.transition}", subject))
    return moved


def _singular(kind: Kind) -> str:
    return kind.removesuffix("s")
