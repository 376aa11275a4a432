"""One offer under /v1/offers/{offer_id}, and a promotion's offers: their keepers' side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field, StringConstraints

from promo_engine.api.endpoint import MAX_CENTS, Body, Endpoint, Id, Reply, path_id
from promo_engine.api.keys import ENGINE
from promo_engine.api.promotions import (
    CHANGE_ERRORS,
    DeletedReply,
    LimitsBody,
    LimitsReply,
    Moment,
    PageQuery,
    TransitionBody,
    actor_of,
    expected_version,
    shown_limits,
    tag_reply,
)
from promo_engine.domain.errors import InvalidRequest
from promo_engine.domain.offers import Benefit, BenefitKind, Eligibility, Offer
from promo_engine.domain.promotions import LifecycleState, ManagedOffer, Promotion
from promo_engine.services.engine import Engine

Title = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00]+$")]
Terms = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]+$")]
CategoryName = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00]+$")]


class EligibilityBody(Body):
    """Who may get it."""

    min_baskets: int = Field(default=0, ge=0, le=1_000_000)
    signed_in_only: bool = False
    bought_any_of: list[CategoryName] = Field(default_factory=list, max_length=1000)
    min_basket_cents: int = Field(default=0, ge=0, le=MAX_CENTS)


class OfferBody(Body):
    """What an offer is. Categories are the shop's own names; `benefit` has exactly its kind's fields."""

    promotion_id: Id
    title: Title
    terms: Terms
    benefit: dict[str, str | int | None]
    categories: list[CategoryName] = Field(default_factory=list, max_length=1000)
    unit_cost_cents: int = Field(ge=0, le=MAX_CENTS)
    eligibility: EligibilityBody = Field(default_factory=EligibilityBody)
    starts_at: Moment
    ends_at: Moment
    limits: LimitsBody = Field(default_factory=LimitsBody)


class NewOfferBody(OfferBody):
    """A new offer; it begins as a draft."""

    offer_id: Id


class ManagedOfferReply(Reply):
    """An offer; `state` is that of the moment of the reply, its promotion's included."""

    offer_id: str
    promotion_id: str
    state: LifecycleState
    title: str
    terms: str
    benefit: dict[str, Any]
    categories: list[str]
    unit_cost_cents: int
    eligibility: dict[str, Any]
    starts_at: datetime
    ends_at: datetime
    limits: LimitsReply
    version: int


class ManagedOffersReply(Reply):
    """A page of offers by id; `next` is null on the last."""

    offers: list[ManagedOfferReply]
    next: str | None


async def _managed(engine: Engine, offer_id: str, body: OfferBody) -> ManagedOffer:
    rules = body.eligibility
    offer = Offer(
        offer_id=offer_id,
        promotion_id=body.promotion_id,
        title=body.title,
        terms=body.terms,
        benefit=_benefit(body.benefit),
        category_ids=await engine.promotions.category_ids(body.categories),
        unit_cost_cents=body.unit_cost_cents,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        eligibility=Eligibility(
            min_baskets=rules.min_baskets,
            signed_in_only=rules.signed_in_only,
            bought_any_of=await engine.promotions.category_ids(rules.bought_any_of),
            min_basket_cents=rules.min_basket_cents,
        ),
    )
    return ManagedOffer(offer, limits=body.limits.limits())


def _benefit(values: Mapping[str, Any]) -> Benefit:
    try:
        return Benefit(**dict(values) | {"kind": BenefitKind(str(values.get("kind")))})
    except (TypeError, ValueError) as error:
        raise InvalidRequest("invalid_benefit", f"benefit: {error}", field="benefit") from None


def _shown(managed: ManagedOffer, promotion: Promotion, *, names: tuple[str, ...], now: datetime) -> ManagedOfferReply:
    offer = managed.offer
    rules = asdict(offer.eligibility) | {
        "bought_any_of": [names[one] for one in sorted(offer.eligibility.bought_any_of)]
    }
    return ManagedOfferReply(
        offer_id=offer.offer_id,
        promotion_id=offer.promotion_id,
        state=managed.state_at(now, promotion=promotion),
        title=offer.title,
        terms=offer.terms,
        benefit={name: value for name, value in asdict(offer.benefit).items() if value is not None},
        categories=[names[one] for one in sorted(offer.category_ids)],
        unit_cost_cents=offer.unit_cost_cents,
        eligibility=rules,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        limits=shown_limits(managed.limits),
        version=managed.version,
    )


async def _reply(request: web.Request, managed: ManagedOffer, promotion: Promotion) -> ManagedOfferReply:
    engine = request.app[ENGINE]
    tag_reply(request, managed.version)
    return _shown(managed, promotion, names=await engine.promotions.category_names(), now=engine.clock())


async def list_offers_of(request: web.Request, query: PageQuery) -> ManagedOffersReply:
    """List a promotion's offers, drafts and ended ones too."""
    engine = request.app[ENGINE]
    promotion, page = await engine.promotions.offers_of(
        path_id(request, "promotion_id"), after=query.after, limit=query.limit
    )
    names, now = await engine.promotions.category_names(), engine.clock()
    return ManagedOffersReply(
        offers=[_shown(managed, promotion, names=names, now=now) for managed in page],
        next=page[-1].offer.offer_id if len(page) == query.limit else None,
    )


async def create_offer(request: web.Request, body: NewOfferBody) -> ManagedOfferReply:
    """Make a draft."""
    engine = request.app[ENGINE]
    managed = await _managed(engine, body.offer_id, body)
    return await _reply(request, *await engine.promotions.create_offer(managed, actor=actor_of(request)))


async def read_offer(request: web.Request) -> ManagedOfferReply:
    """Read one offer."""
    return await _reply(request, *await request.app[ENGINE].promotions.offer(path_id(request, "offer_id")))


async def change_offer(request: web.Request, body: OfferBody) -> ManagedOfferReply:
    """Replace an offer; once live, its benefit stays."""
    engine = request.app[ENGINE]
    version, actor = expected_version(request), actor_of(request)
    managed = await _managed(engine, path_id(request, "offer_id"), body)
    changed = await engine.promotions.change_offer(managed, expected_version=version, actor=actor)
    return await _reply(request, *changed)


async def move_offer(request: web.Request, body: TransitionBody) -> ManagedOfferReply:
    """Schedule, pause, resume or end an offer."""
    moved = await request.app[ENGINE].promotions.move_offer(
        path_id(request, "offer_id"),
        body.transition,
        expected_version=expected_version(request),
        actor=actor_of(request),
    )
    return await _reply(request, *moved)


async def delete_offer(request: web.Request) -> DeletedReply:
    """Delete a draft."""
    offer_id = path_id(request, "offer_id")
    desk = request.app[ENGINE].promotions
    await desk.delete_offer(offer_id, expected_version=expected_version(request), actor=actor_of(request))
    return DeletedReply(deleted=offer_id)


_ONE = "/v1/offers/{offer_id}"
ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/promotions/{promotion_id}/offers",
        "List a promotion's offers",
        list_offers_of,
        ManagedOffersReply,
        query=PageQuery,
        errors=(400, 404),
    ),
    Endpoint(
        "POST",
        "/v1/offers",
        "Make an offer",
        create_offer,
        ManagedOfferReply,
        body=NewOfferBody,
        errors=(400, 404, 409),
    ),
    Endpoint("GET", _ONE, "Read an offer", read_offer, ManagedOfferReply, errors=(400, 404)),
    Endpoint("PUT", _ONE, "Change an offer", change_offer, ManagedOfferReply, body=OfferBody, errors=CHANGE_ERRORS),
    Endpoint("DELETE", _ONE, "Delete a draft offer", delete_offer, DeletedReply, errors=CHANGE_ERRORS),
    Endpoint(
        "POST",
        f"{_ONE}/transitions",
        "Schedule, pause, resume or end an offer",
        move_offer,
        ManagedOfferReply,
        body=TransitionBody,
        errors=CHANGE_ERRORS,
    ),
)
