"""GET /v1/products, /v1/products/{product_id}, /v1/offers/{offer_id}/products: for shop pages and offers' cards."""

from __future__ import annotations

import re

from aiohttp import web
from pydantic import Field

from promo_engine.api.http.endpoint import Endpoint, Query, Reply, path_id
from promo_engine.api.http.keys import NAMES, PRICE_LIST
from promo_engine.domain.catalogue.listed_products import ListedProduct
from promo_engine.services.catalogue.display_names import DisplayNames


class ProductsQuery(Query):
    """How many products to list, and at most how many of one category."""

    limit: int = Field(default=24, ge=1, le=200)
    per_category: int = Field(default=3, ge=1, le=12)


class ExamplesQuery(Query):
    """How many products to price."""

    limit: int = Field(default=3, ge=1, le=12)


class ProductReply(Reply):
    """A product on the shelf."""

    product_id: str
    name: str
    category: str
    brand: str = Field(description="empty where it is not known")
    price_cents: int


class ProductsReply(Reply):
    """What sells best."""

    currency: str
    products: list[ProductReply]


class OneProductReply(Reply):
    """A product that sells."""

    currency: str
    product: ProductReply


class ExampleReply(Reply):
    """So many pieces of a product, without and with the offer."""

    product_id: str
    name: str
    quantity: int = Field(description="the fewest pieces for which the offer takes something off")
    before_cents: int
    after_cents: int


class ExamplesReply(Reply):
    """Products whose price the offer lowers; none for an offer on the whole order."""

    offer_id: str
    currency: str
    products: list[ExampleReply]


async def list_products(request: web.Request, query: ProductsQuery) -> ProductsReply:
    """List what sells best."""
    found = await request.app[PRICE_LIST].products(per_category=query.per_category, limit=query.limit)
    return ProductsReply(
        currency=request.app[PRICE_LIST].currency.code,
        products=[_reply_of(request.app[NAMES], product) for product in found],
    )


async def show_product(request: web.Request) -> OneProductReply:
    """Tell what a product is and costs."""
    product = await request.app[PRICE_LIST].product(path_id(request, "product_id"))
    return OneProductReply(
        currency=request.app[PRICE_LIST].currency.code, product=_reply_of(request.app[NAMES], product)
    )


def _reply_of(names: DisplayNames, product: ListedProduct) -> ProductReply:
    return ProductReply(
        product_id=product.product_id,
        name=product_name(names, product),
        category=names.category(product.category),
        brand=product.brand or "",
        price_cents=product.price_cents,
    )


async def list_examples(request: web.Request, query: ExamplesQuery) -> ExamplesReply:
    """Price products with an offer."""
    offer_id = path_id(request, "offer_id")
    found = await request.app[PRICE_LIST].examples(offer_id, limit=query.limit)
    return ExamplesReply(
        offer_id=offer_id,
        currency=request.app[PRICE_LIST].currency.code,
        products=[
            ExampleReply(
                product_id=example.product.product_id,
                name=product_name(request.app[NAMES], example.product),
                quantity=example.quantity,
                before_cents=example.before_cents,
                after_cents=example.after_cents,
            )
            for example in found
        ],
    )


_SIZE = re.compile(r"(\d+(?:\.\d+)?) (OZ|L|ML|GA|DZ|CT)")
_UNITS = {"GA": "gal", "DZ": "dozen", "CT": "pieces"}


def _size(package_size: str) -> str:
    """How much of it, for a person; boxes of fruit and what is not a plain size are left out."""
    found = _SIZE.fullmatch(package_size)
    return "" if found is None else f", {found[1]} {_UNITS.get(found[2], found[2].lower())}"


def product_name(names: DisplayNames, product: ListedProduct) -> str:
    """What it is and how much of it: "White bread, 20 oz"."""
    name = names.product_type(product.product_type) if product.product_type else names.category(product.category)
    return f"{name}{_size(product.package_size)}"


ENDPOINTS = (
    Endpoint("GET", "/v1/products", "List products", list_products, ProductsReply, query=ProductsQuery, errors=(400,)),
    Endpoint("GET", "/v1/products/{product_id}", "Tell a product", show_product, OneProductReply, errors=(400, 404)),
    Endpoint(
        "GET",
        "/v1/offers/{offer_id}/products",
        "Price products with an offer",
        list_examples,
        ExamplesReply,
        query=ExamplesQuery,
        errors=(400, 404),
    ),
)
