"""POST /v1/catalogue, DELETE /v1/products/{product_id}."""

from __future__ import annotations

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field, model_validator

from promo_engine.api.connections.item_answers import ItemAnswerReply, ReadLater, answer_reply
from promo_engine.api.connections.shop_caller import source_of
from promo_engine.api.http.endpoint import Body, Endpoint, Reply, path_id
from promo_engine.api.http.keys import WRITE_API
from promo_engine.codecs.shop_item_codec import CATALOGUE, CatalogueItem, item_from_json
from promo_engine.domain.catalogue.shop_catalogue import ShopCategory, ShopItemError, ShopProduct
from promo_engine.domain.catalogue.shop_changes import VariantPrice, VariantStock
from promo_engine.domain.connections.shop_sources import SourceScope
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult

MOST_ITEMS = 500
_KINDS = {"categories": "category", "products": "product", "prices": "price", "stock": "stock"}
_KEYS = {"categories": "category_id", "products": "product_id", "prices": "variant_id", "stock": "variant_id"}
_LISTED: Any = Field(default_factory=list, max_length=MOST_ITEMS)


class CatalogueBody(Body):
    """Items of a catalogue, 500 in all. Each is stored, or refused by itself."""

    categories: list[Annotated[Any, ReadLater(ShopCategory)]] = _LISTED
    products: list[Annotated[Any, ReadLater(ShopProduct)]] = _LISTED
    prices: list[Annotated[Any, ReadLater(VariantPrice)]] = _LISTED
    stock: list[Annotated[Any, ReadLater(VariantStock)]] = _LISTED

    @model_validator(mode="after")
    def _not_too_many(self) -> CatalogueBody:
        found = sum(len(getattr(self, name)) for name in CATALOGUE)
        if found > MOST_ITEMS:
            raise ValueError(f"a request has {MOST_ITEMS} items at most, this one has {found}")
        return self


class CatalogueReply(Reply):
    """What became of every item: categories, products, prices, stock, each in the order of the request."""

    results: list[ItemAnswerReply]


class ArchivedReply(Reply):
    """The product left the shop; orders of the past keep it."""

    product_id: str
    status: str


async def write_catalogue(request: web.Request, body: CatalogueBody) -> CatalogueReply:
    """Store categories, products, prices and stock."""
    source_id = await source_of(request, SourceScope.CATALOGUE)
    read = [(name, _read(name, written)) for name in CATALOGUE for written in getattr(body, name)]
    items = [item for _, item in read if not isinstance(item, ItemAnswer)]
    stored = iter(await request.app[WRITE_API].write(items, source_id=source_id))
    return CatalogueReply(
        results=[
            answer_reply(_KINDS[name], item if isinstance(item, ItemAnswer) else next(stored)) for name, item in read
        ]
    )


def _read(name: str, written: Any) -> CatalogueItem | ItemAnswer:
    """The item, or why there is none."""
    try:
        item: CatalogueItem = item_from_json(CATALOGUE[name], written)
    except ShopItemError as error:
        key = written.get(_KEYS[name]) if isinstance(written, dict) else None
        return ItemAnswer(key if isinstance(key, str) else "", StoreResult.REFUSED, error.field, error.reason)
    return item


async def archive_product(request: web.Request) -> ArchivedReply:
    """Take a product out of offers and shelf."""
    await source_of(request, SourceScope.CATALOGUE)
    product_id = path_id(request, "product_id")
    await request.app[WRITE_API].archive_product(product_id)
    return ArchivedReply(product_id=product_id, status="archived")


_REFUSALS = (400, 401, 403)
ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/catalogue",
        "Store categories, products, prices and stock",
        write_catalogue,
        CatalogueReply,
        body=CatalogueBody,
        errors=_REFUSALS,
        takes_key=False,
    ),
    Endpoint(
        "DELETE",
        "/v1/products/{product_id}",
        "Take a product out of the shop",
        archive_product,
        ArchivedReply,
        errors=(*_REFUSALS, 404),
        takes_key=False,
    ),
)
