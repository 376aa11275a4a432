"""GET /v1/pairings: what goes with a product, a category, an offer, or with what a customer bought last."""

from __future__ import annotations

from aiohttp import web
from pydantic import Field

from promo_engine.api.catalogue.product_endpoints import CurrencyQuery, ProductReply, code_of, product_values
from promo_engine.api.http.endpoint import Endpoint, Id, Reply
from promo_engine.api.http.keys import BOUGHT_TOGETHER, NAMES
from promo_engine.services.catalogue.bought_together_service import AnchorQuery, Basis


class BoughtTogetherQuery(CurrencyQuery):
    """What it is to go with. Of several that are anchors the first one here counts."""

    product_id: Id | None = None
    category: str | None = Field(default=None, min_length=1, max_length=128, description="the shop's own name")
    word: str | None = Field(
        default=None, min_length=1, max_length=64, description="for some of the category, such as strawberry"
    )
    offer_id: Id | None = None
    customer_id: Id | None = Field(default=None, description="with the newest order of this customer")
    new: bool = Field(default=False, description="true: what suits the customer and was never bought yet")
    limit: int = Field(default=4, ge=1, le=12)


class AlsoBoughtReply(ProductReply):
    """A product that goes with it and is there."""

    times: float | None = Field(description="so many times as often in one basket as by chance; null: for the customer")


class BoughtTogetherReply(Reply):
    """What was found; perhaps nothing."""

    basis: Basis
    currency: str
    products: list[AlsoBoughtReply]


async def list_bought_together(request: web.Request, query: BoughtTogetherQuery) -> BoughtTogetherReply:
    """List what goes with it, the strongest first."""
    anchors = query.model_dump(exclude={"limit", "currency"})
    currency = query.in_currency()
    found = await request.app[BOUGHT_TOGETHER].find(AnchorQuery(**anchors), limit=query.limit, currency=currency)
    return BoughtTogetherReply(
        basis=found.basis,
        currency=code_of(request, currency),
        products=[
            AlsoBoughtReply(
                **product_values(request.app[NAMES], neighbour.product),
                times=None if neighbour.lift is None else round(neighbour.lift, 1),
            )
            for neighbour in found.also_bought
        ],
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/pairings",
        "List what goes with a product, a category, an offer or an order",
        list_bought_together,
        BoughtTogetherReply,
        query=BoughtTogetherQuery,
        errors=(400, 404),
    ),
)
