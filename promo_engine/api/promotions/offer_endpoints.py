"""One offer under /v1/offers/{offer_id}, and a promotion's offers: their keepers' side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web
from pydantic import ConfigDict, Field

from promo_engine.api.http.endpoint import Body, Endpoint, Id, Reply, path_id
from promo_engine.api.http.keys import CLOCK, PRICE_LIST, PROMOTIONS
from promo_engine.api.promotions.promotion_endpoints import (
    CHANGE_ERRORS,
    DeletedReply,
    LimitsReply,
    PageQuery,
    TransitionBody,
    actor_of,
    expected_version,
    shown_limits,
    tag_reply,
)
from promo_engine.codecs.offer_codec import PromotionOffer, WrittenOffer
from promo_engine.codecs.written_types import known_category
from promo_engine.domain.errors import InvalidRequest
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import LifecycleState, ManagedOffer, Promotion


class OfferBody(PromotionOffer, Body):
    """What an offer is. Categories are the shop's own names; `benefit` has exactly its kind's fields."""


class NewOfferBody(OfferBody):
    """A new offer; it begins as a draft."""

    offer_id: Id


def _always_there(schema: dict[str, Any]) -> None:
    """Say in a reply's schema that no field is left out."""
    schema["required"] = list(schema["properties"])
    for described in schema["properties"].values():
        described.pop("default", None)


class ManagedOfferReply(WrittenOffer, Reply):
    """An offer; `state` is that of the moment of the reply, its promotion's included."""

    model_config = ConfigDict(json_schema_extra=_always_there)

    offer_id: str
    promotion_id: str
    state: LifecycleState
    starts_at: datetime
    ends_at: datetime
    limits: LimitsReply
    version: int
    no_product: bool = Field(description="nothing on sale sets the offer off, in no currency in which the shop sells")
    checkout_refusal: str = Field(description="why the shop's own checkout cannot give it; empty where it can")


class ManagedOffersReply(Reply):
    """A page of offers by id; `next` is null on the last."""

    offers: list[ManagedOfferReply]
    next: str | None


async def _managed(request: web.Request, offer_id: str, body: OfferBody) -> ManagedOffer:
    """Read the offer. Raises InvalidRequest with the path of the field that is wrong."""
    ids = {name: category_id for category_id, name in enumerate(await request.app[PROMOTIONS].category_names())}
    try:
        return body.managed(offer_id, category_id=partial(known_category, ids))
    except ValueError as error:
        raise _refusal(error) from None


def _refusal(error: ValueError) -> InvalidRequest:
    """Say which field is wrong; the codec's message begins with its path."""
    path, _, words = str(error).partition(": ")
    part = path.partition(".")[0]
    if part in ("benefit", "condition"):
        return InvalidRequest(f"invalid_{part}", str(error), field=path)
    if path in ("categories", "eligibility.bought_any_of"):
        return InvalidRequest("unknown_category", f"{words[0].upper()}{words[1:]}.", field=path)
    return InvalidRequest("invalid_request", str(error), field=path)


@dataclass(frozen=True)
class _Shop:
    """What replies about offers say of the shop."""

    names: tuple[str, ...]
    """Of its categories."""
    without_product: set[str]
    impossible: Mapping[str, str]
    """By offer_id, why its own checkout cannot give it."""
    now: datetime

    @classmethod
    async def of(cls, request: web.Request, offers: Sequence[Offer]) -> _Shop:
        promotions = request.app[PROMOTIONS]
        without_product = await request.app[PRICE_LIST].without_product(offers)
        names, impossible = await promotions.category_names(), await promotions.impossible(offers)
        return cls(names, without_product, impossible, request.app[CLOCK]())


def _shown(managed: ManagedOffer, promotion: Promotion, shop: _Shop) -> ManagedOfferReply:
    return ManagedOfferReply.of(
        managed.offer,
        category_name=shop.names.__getitem__,
        state=managed.state_at(shop.now, promotion=promotion),
        limits=shown_limits(managed.limits),
        version=managed.version,
        no_product=managed.offer.offer_id in shop.without_product,
        checkout_refusal=shop.impossible.get(managed.offer.offer_id, ""),
    )


async def _reply(request: web.Request, managed: ManagedOffer, promotion: Promotion) -> ManagedOfferReply:
    tag_reply(request, managed.version)
    return _shown(managed, promotion, await _Shop.of(request, [managed.offer]))


async def list_offers_of(request: web.Request, query: PageQuery) -> ManagedOffersReply:
    """List a promotion's offers, drafts and ended ones too."""
    promotion, page = await request.app[PROMOTIONS].offers_of(
        path_id(request, "promotion_id"), after=query.after, limit=query.limit
    )
    shop = await _Shop.of(request, [managed.offer for managed in page])
    return ManagedOffersReply(
        offers=[_shown(managed, promotion, shop) for managed in page],
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
    await request.app[PROMOTIONS].delete_offer(
        offer_id, expected_version=expected_version(request), actor=actor_of(request)
    )
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
