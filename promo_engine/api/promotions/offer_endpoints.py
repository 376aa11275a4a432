"""One offer under /v1/offers/{offer_id}, and a promotion's offers: their keepers' side."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field, StringConstraints

from promo_engine.api.http.endpoint import Body, Endpoint, Id, Reply, path_id
from promo_engine.api.http.keys import CLOCK, PROMOTIONS
from promo_engine.api.http.schemas import BenefitJson
from promo_engine.api.promotions.offer_terms import ConditionJson, category_ids, read_benefit, read_condition
from promo_engine.api.promotions.promotion_endpoints import (
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
from promo_engine.codecs.benefit_codec import benefit_to_json
from promo_engine.codecs.condition_codec import condition_to_json
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.money import MAX_CENTS, WHOLE
from promo_engine.domain.offers.offers import MAX_PRIORITY, Eligibility, Offer
from promo_engine.domain.offers.promotions import LifecycleState, ManagedOffer, Promotion

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
    benefit: BenefitJson
    categories: list[CategoryName] = Field(default_factory=list, max_length=1000)
    products: list[Id] = Field(default_factory=list, max_length=1000)
    brands: list[Id] = Field(default_factory=list, max_length=1000)
    unit_cost_cents: int = Field(ge=0, le=MAX_CENTS)
    eligibility: EligibilityBody = Field(default_factory=EligibilityBody)
    condition: ConditionJson | None = None
    exclusive_group: Id | None = None
    priority: int = Field(default=0, ge=-MAX_PRIORITY, le=MAX_PRIORITY)
    margin_floor_basis_points: int | None = Field(default=None, ge=0, lt=WHOLE)
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
    benefit: BenefitJson
    categories: list[str]
    products: list[str]
    brands: list[str]
    unit_cost_cents: int
    eligibility: dict[str, Any]
    condition: ConditionJson | None
    exclusive_group: str | None
    priority: int
    margin_floor_basis_points: int | None
    starts_at: datetime
    ends_at: datetime
    limits: LimitsReply
    version: int


class ManagedOffersReply(Reply):
    """A page of offers by id; `next` is null on the last."""

    offers: list[ManagedOfferReply]
    next: str | None


async def _managed(request: web.Request, offer_id: str, body: OfferBody) -> ManagedOffer:
    rules = body.eligibility
    ids = {name: category_id for category_id, name in enumerate(await request.app[PROMOTIONS].category_names())}
    offer = Offer(
        offer_id=offer_id,
        promotion_id=body.promotion_id,
        title=body.title,
        terms=body.terms,
        benefit=read_benefit(body.benefit),
        scope=Scope(
            category_ids(body.categories, ids, field="categories"), frozenset(body.products), frozenset(body.brands)
        ),
        unit_cost_cents=body.unit_cost_cents,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        eligibility=Eligibility(
            min_baskets=rules.min_baskets,
            signed_in_only=rules.signed_in_only,
            bought_any_of=category_ids(rules.bought_any_of, ids, field="eligibility.bought_any_of"),
            min_basket_cents=rules.min_basket_cents,
        ),
        condition=None if body.condition is None else read_condition(body.condition, ids),
        exclusive_group=body.exclusive_group,
        priority=body.priority,
        margin_floor_basis_points=body.margin_floor_basis_points,
    )
    return ManagedOffer(offer, limits=body.limits.limits())


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
        benefit=benefit_to_json(offer.benefit),
        categories=[names[one] for one in sorted(offer.scope.category_ids)],
        products=sorted(offer.scope.product_ids),
        brands=sorted(offer.scope.brands),
        unit_cost_cents=offer.unit_cost_cents,
        eligibility=rules,
        condition=None
        if offer.condition is None
        else condition_to_json(offer.condition, category_name=names.__getitem__),
        exclusive_group=offer.exclusive_group,
        priority=offer.priority,
        margin_floor_basis_points=offer.margin_floor_basis_points,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        limits=shown_limits(managed.limits),
        version=managed.version,
    )


async def _reply(request: web.Request, managed: ManagedOffer, promotion: Promotion) -> ManagedOfferReply:
    tag_reply(request, managed.version)
    return _shown(managed, promotion, names=await request.app[PROMOTIONS].category_names(), now=request.app[CLOCK]())


async def list_offers_of(request: web.Request, query: PageQuery) -> ManagedOffersReply:
    """List a promotion's offers, drafts and ended ones too."""
    promotion, page = await request.app[PROMOTIONS].offers_of(
        path_id(request, "promotion_id"), after=query.after, limit=query.limit
    )
    names, now = await request.app[PROMOTIONS].category_names(), request.app[CLOCK]()
    return ManagedOffersReply(
        offers=[_shown(managed, promotion, names=names, now=now) for managed in page],
        next=page[-1].offer.offer_id if len(page) == query.limit else None,
    )


async def create_offer(request: web.Request, body: NewOfferBody) -> ManagedOfferReply:
    """Make a draft."""
    managed = await _managed(request, body.offer_id, body)
    return await _reply(request, *await request.app[PROMOTIONS].create_offer(managed, actor=actor_of(request)))


async def read_offer(request: web.Request) -> ManagedOfferReply:
    """Read one offer."""
    return await _reply(request, *await request.app[PROMOTIONS].offer(path_id(request, "offer_id")))


async def change_offer(request: web.Request, body: OfferBody) -> ManagedOfferReply:
    """Replace an offer; once live, its benefit stays."""
    version, actor = expected_version(request), actor_of(request)
    managed = await _managed(request, path_id(request, "offer_id"), body)
    changed = await request.app[PROMOTIONS].change_offer(managed, expected_version=version, actor=actor)
    return await _reply(request, *changed)


async def move_offer(request: web.Request, body: TransitionBody) -> ManagedOfferReply:
    """Schedule, pause, resume or end an offer."""
    moved = await request.app[PROMOTIONS].move_offer(
        path_id(request, "offer_id"),
        body.transition,
        expected_version=expected_version(request),
        actor=actor_of(request),
    )
    return await _reply(request, *moved)


async def delete_offer(request: web.Request) -> DeletedReply:
    """Delete a draft."""
    offer_id = path_id(request, "offer_id")
    desk = request.app[PROMOTIONS]
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
