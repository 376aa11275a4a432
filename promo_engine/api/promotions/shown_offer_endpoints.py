"""GET /v1/offers, GET /v1/offer-results, GET /v1/policy."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiohttp import web
from pydantic import Field

from promo_engine.api.http.endpoint import Endpoint, Query, Reply
from promo_engine.api.http.keys import CLOCK, OUTCOMES, POLICIES, RUNNING_OFFERS
from promo_engine.codecs.benefit_codec import benefit_to_json
from promo_engine.codecs.written_types import BenefitJson


class OfferReply(Reply):
    """An offer as the shop sees it."""

    offer_id: str
    promotion_id: str
    title: str
    terms: str
    benefit: BenefitJson
    categories: list[str]
    unit_cost_cents: int
    starts_at: datetime
    ends_at: datetime


class OffersReply(Reply):
    """The offers that have not ended, by offer_id."""

    offers: list[OfferReply]


class ResultsQuery(Query):
    """Over how many days, back from now, exposures count."""

    days: int = Field(default=30, ge=1, le=365)


class OfferResultsReply(Reply):
    """What became of an offer's exposures; those in none of the three outcomes may still be answered."""

    offer_id: str
    exposures: int
    accepted: int
    declined: int
    silent: int = Field(validation_alias="unanswered")
    redeemed: int


class ResultsReply(Reply):
    """Every offer that was exposed in these days, by offer_id."""

    days: int
    results: list[OfferResultsReply]


class PolicyReply(Reply):
    """The snapshot that the next decision will use."""

    policy_version: int
    model_version: str
    reward_count: int
    created_at: datetime
    rewards_waiting: int


async def list_offers(request: web.Request) -> OffersReply:
    """List the offers that have not ended."""
    offers, catalogue = await request.app[RUNNING_OFFERS].list()
    return OffersReply(
        offers=[
            OfferReply(
                offer_id=offer.offer_id,
                promotion_id=offer.promotion_id,
                title=offer.title,
                terms=offer.terms,
                benefit=benefit_to_json(offer.benefit),
                categories=[catalogue.friendly_names[category_id] for category_id in sorted(offer.scope.category_ids)],
                unit_cost_cents=offer.unit_cost_cents,
                starts_at=offer.starts_at,
                ends_at=offer.ends_at,
            )
            for offer in offers
        ]
    )


async def list_results(request: web.Request, query: ResultsQuery) -> ResultsReply:
    """Count exposures, answers and redemptions by offer."""
    found = await request.app[OUTCOMES].results(exposed_since=request.app[CLOCK]() - timedelta(days=query.days))
    return ResultsReply(
        days=query.days, results=[OfferResultsReply.model_validate(result, from_attributes=True) for result in found]
    )


async def read_policy(request: web.Request) -> PolicyReply:
    """Say which policy is in force."""
    active, waiting = await request.app[POLICIES].in_force()
    return PolicyReply(
        policy_version=active.version,
        model_version=request.app[POLICIES].model_version,
        reward_count=active.reward_count,
        created_at=active.created_at,
        rewards_waiting=waiting,
    )


ENDPOINTS = (
    Endpoint("GET", "/v1/offers", "List running offers", list_offers, OffersReply),
    Endpoint(
        "GET",
        "/v1/offer-results",
        "Count what became of the offers",
        list_results,
        ResultsReply,
        query=ResultsQuery,
        errors=(400,),
    ),
    Endpoint("GET", "/v1/policy", "Read the policy in force", read_policy, PolicyReply),
)
