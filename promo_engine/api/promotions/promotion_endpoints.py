"""Promotions under /v1/promotions, and who may be sent any: their keepers' side of the engine.

What is read carries an `ETag`; what is changed needs it back in `If-Match`. `X-Actor` says who asks, for the record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from promo_engine.api.http.endpoint import REPLY_HEADERS, Body, Endpoint, Id, Query, Reply, path_customer, path_id
from promo_engine.api.http.keys import CLOCK, PROMOTIONS
from promo_engine.codecs.promotion_codec import WrittenPromotion
from promo_engine.domain.errors import InvalidRequest, VersionNeeded
from promo_engine.domain.offers.limits import Limits
from promo_engine.domain.offers.promotions import LifecycleState, Promotion, Transition

_MAX_ACTOR = 64


class PeriodReply(Reply):
    """At most `count` within the last `days` days."""

    count: int
    days: int


class LimitsReply(Reply):
    """Limits; null is no limit."""

    budget_cents: int | None
    max_uses: int | None
    uses_per_customer: PeriodReply | None
    exposures_per_customer: PeriodReply | None
    decline_cooldown_days: int | None


class PromotionBody(WrittenPromotion, Body):
    """What a promotion is."""


class NewPromotionBody(PromotionBody):
    """A new promotion; it begins as a draft."""

    promotion_id: Id


class TransitionBody(Body):
    """What is to become of it."""

    transition: Annotated[Transition, Field(strict=False)]


class PageQuery(Query):
    """Which page: `after` is the `next` of the page before."""

    after: str = Field(default="", max_length=64, pattern=r"^[^\x00]*$")
    limit: int = Field(default=50, ge=1, le=200)


class AuditQuery(Query):
    """Which page: `after` is the `next` of the page before."""

    after: int = Field(default=0, ge=0, le=2**31 - 1)
    limit: int = Field(default=50, ge=1, le=200)


class PromotionReply(Reply):
    """A promotion; `state` is that of the moment of the reply."""

    promotion_id: str
    name: str
    state: LifecycleState
    starts_at: datetime
    ends_at: datetime
    limits: LimitsReply
    version: int


class PromotionWithSpendingReply(PromotionReply):
    """A promotion with what it has spent.

    `price` is its pacing penalty, in expected reward per cent; null before the first measurement.
    """

    uses: int
    spent_cents: int
    reserved_cents: int
    planned_cents: int | None
    price: float | None
    measured_at: datetime | None


class PromotionsReply(Reply):
    """A page of promotions by id; `next` is null on the last."""

    promotions: list[PromotionReply]
    next: str | None


class AuditEntryReply(Reply):
    """Who changed what: `changes` maps each field to [before, after]."""

    audit_id: int
    offer_id: str | None
    actor: str
    action: str
    at: datetime
    changes: dict[str, Any]


class AuditReply(Reply):
    """A page of changes, the oldest first; `next` is null on the last."""

    entries: list[AuditEntryReply]
    next: int | None


class DeletedReply(Reply):
    """What was deleted."""

    deleted: str


class PermissionBody(Body):
    """Whether offers are welcome."""

    allowed: bool


class PermissionReply(Reply):
    """Whether offers are welcome from now on."""

    allowed: bool


def actor_of(request: web.Request) -> str:
    """Return who asks. Raises InvalidRequest."""
    actor = request.headers.get("X-Actor", "api")
    if not 1 <= len(actor) <= _MAX_ACTOR or not actor.isprintable():
        raise InvalidRequest("invalid_request", f"X-Actor has to be 1 to {_MAX_ACTOR} characters.", field="X-Actor")
    return actor


def expected_version(request: web.Request) -> int | None:
    """Return the version that the change was made from; None for `*`. Raises VersionNeeded and InvalidRequest."""
    tag = request.headers.get("If-Match")
    if tag is None:
        raise VersionNeeded("if_match_needed", "Send the ETag of what you change in If-Match.", field="If-Match")
    if tag.strip() == "*":
        return None
    number = tag.strip().removeprefix('"').removesuffix('"')
    if not (number.isascii() and number.isdigit() and len(number) <= 10):
        raise InvalidRequest("invalid_request", 'If-Match has to be an ETag such as "3", or *.', field="If-Match")
    return int(number)


def tag_reply(request: web.Request, version: int) -> None:
    """Give the reply its ETag."""
    request[REPLY_HEADERS] = {"ETag": f'"{version}"'}


def shown_limits(limits: Limits) -> LimitsReply:
    """Show limits."""
    return LimitsReply.model_validate(limits, from_attributes=True)


def _shown(promotion: Promotion, now: datetime) -> dict[str, Any]:
    return {
        "promotion_id": promotion.promotion_id,
        "name": promotion.name,
        "state": promotion.state_at(now),
        "starts_at": promotion.starts_at,
        "ends_at": promotion.ends_at,
        "limits": shown_limits(promotion.limits),
        "version": promotion.version,
    }


def _reply(request: web.Request, promotion: Promotion) -> PromotionReply:
    tag_reply(request, promotion.version)
    return PromotionReply(**_shown(promotion, request.app[CLOCK]()))


async def list_promotions(request: web.Request, query: PageQuery) -> PromotionsReply:
    """List promotions."""
    page = await request.app[PROMOTIONS].page(after=query.after, limit=query.limit)
    now = request.app[CLOCK]()
    return PromotionsReply(
        promotions=[PromotionReply(**_shown(promotion, now)) for promotion in page],
        next=page[-1].promotion_id if len(page) == query.limit else None,
    )


async def create_promotion(request: web.Request, body: NewPromotionBody) -> PromotionReply:
    """Make a draft."""
    promotions = request.app[PROMOTIONS]
    return _reply(request, await promotions.create(body.promotion(body.promotion_id), actor=actor_of(request)))


async def read_promotion(request: web.Request) -> PromotionWithSpendingReply:
    """Read a promotion with its spending."""
    view = await request.app[PROMOTIONS].view(path_id(request, "promotion_id"))
    tag_reply(request, view.promotion.version)
    return PromotionWithSpendingReply(
        **_shown(view.promotion, request.app[CLOCK]()),
        uses=view.committed.uses,
        spent_cents=view.committed.spent_cents,
        reserved_cents=view.committed.reserved_cents,
        planned_cents=None if view.pacing is None else view.pacing.planned_cents,
        price=None if view.pacing is None else view.pacing.penalty,
        measured_at=None if view.pacing is None else view.pacing.measured_at,
    )


async def change_promotion(request: web.Request, body: PromotionBody) -> PromotionReply:
    """Replace a promotion's name, window and limits."""
    changed = await request.app[PROMOTIONS].change(
        body.promotion(path_id(request, "promotion_id")),
        expected_version=expected_version(request),
        actor=actor_of(request),
    )
    return _reply(request, changed)


async def move_promotion(request: web.Request, body: TransitionBody) -> PromotionReply:
    """Schedule, pause, resume or end a promotion."""
    moved = await request.app[PROMOTIONS].move(
        path_id(request, "promotion_id"),
        body.transition,
        expected_version=expected_version(request),
        actor=actor_of(request),
    )
    return _reply(request, moved)


async def delete_promotion(request: web.Request) -> DeletedReply:
    """Delete a draft."""
    promotion_id = path_id(request, "promotion_id")
    promotions = request.app[PROMOTIONS]
    await promotions.delete(promotion_id, expected_version=expected_version(request), actor=actor_of(request))
    return DeletedReply(deleted=promotion_id)


async def read_audit(request: web.Request, query: AuditQuery) -> AuditReply:
    """List who changed what of a promotion and its offers."""
    promotions = request.app[PROMOTIONS]
    entries = await promotions.audit(path_id(request, "promotion_id"), after=query.after, limit=query.limit)
    return AuditReply(
        entries=[AuditEntryReply.model_validate(entry, from_attributes=True) for entry in entries],
        next=entries[-1].audit_id if len(entries) == query.limit else None,
    )


async def permit_promotions(request: web.Request, body: PermissionBody) -> PermissionReply:
    """Remember whether a customer wants offers."""
    await request.app[PROMOTIONS].allow_promotions(
        customer_id=await path_customer(request), conversation_id="", allowed=body.allowed
    )
    return PermissionReply(allowed=body.allowed)


async def permit_promotions_here(request: web.Request, body: PermissionBody) -> PermissionReply:
    """Remember whether an anonymous customer wants offers in this conversation."""
    await request.app[PROMOTIONS].allow_promotions(
        customer_id=None, conversation_id=path_id(request, "conversation_id"), allowed=body.allowed
    )
    return PermissionReply(allowed=body.allowed)


_ONE = "/v1/promotions/{promotion_id}"
CHANGE_ERRORS = (400, 404, 409, 412, 428)
ENDPOINTS = (
    Endpoint(
        "GET", "/v1/promotions", "List promotions", list_promotions, PromotionsReply, query=PageQuery, errors=(400,)
    ),
    Endpoint(
        "POST",
        "/v1/promotions",
        "Make a promotion",
        create_promotion,
        PromotionReply,
        body=NewPromotionBody,
        errors=(400, 409),
    ),
    Endpoint("GET", _ONE, "Read a promotion", read_promotion, PromotionWithSpendingReply, errors=(400, 404)),
    Endpoint(
        "PUT", _ONE, "Change a promotion", change_promotion, PromotionReply, body=PromotionBody, errors=CHANGE_ERRORS
    ),
    Endpoint("DELETE", _ONE, "Delete a draft promotion", delete_promotion, DeletedReply, errors=CHANGE_ERRORS),
    Endpoint(
        "POST",
        f"{_ONE}/transitions",
        "Schedule, pause, resume or end a promotion",
        move_promotion,
        PromotionReply,
        body=TransitionBody,
        errors=CHANGE_ERRORS,
    ),
    Endpoint(
        "GET", f"{_ONE}/audit", "List who changed what", read_audit, AuditReply, query=AuditQuery, errors=(400, 404)
    ),
    Endpoint(
        "PUT",
        "/v1/customers/{customer_id}/promotions",
        "Stop or allow a customer's promotions",
        permit_promotions,
        PermissionReply,
        body=PermissionBody,
        errors=(400, 404),
    ),
    Endpoint(
        "PUT",
        "/v1/conversations/{conversation_id}/promotions",
        "Stop or allow an anonymous customer's promotions",
        permit_promotions_here,
        PermissionReply,
        body=PermissionBody,
        errors=(400,),
    ),
)
