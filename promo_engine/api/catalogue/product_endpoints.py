"""GET /v1/products, /v1/products/{product_id}, its /variants, /v1/offers/{offer_id}/products: for pages and cards."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import Field

from promo_engine.api.http.endpoint import Endpoint, Query, Reply, path_id
from promo_engine.api.http.keys import NAMES, PRICE_LIST
from promo_engine.api.http.schemas import CurrencyCode
from promo_engine.domain.catalogue.listed_products import ListedProduct
from promo_engine.domain.money import Currency
from promo_engine.services.catalogue.display_names import DisplayNames


class CurrencyQuery(Query):
    """In which currency prices are wanted; left out: the shop's."""

    currency: CurrencyCode | None = None

    def in_currency(self) -> Currency | None:
        """Return it as the services take it."""
        return None if self.currency is None else Currency(self.currency)


class ProductsQuery(CurrencyQuery):
    """How many products to list, and at most how many of one category."""

    limit: int = Field(default=24, ge=1, le=200)
    per_category: int = Field(default=3, ge=1, le=12)
    words: str | None = Field(
        default=None,
        min_length=1,
        max_length=500,
        description="a shopper's words: what they mean instead of what sells",
    )
    category: str | None = Field(
        default=None, min_length=1, max_length=128, description="with words: the shop's own name of their category"
    )


class ExamplesQuery(CurrencyQuery):
    """How many products to price."""

    limit: int = Field(default=3, ge=1, le=12)


class ProductReply(Reply):
    """An active product of the shop."""

    product_id: str
    name: str
    category: str = Field(description="empty where it is not known")
    brand: str = Field(description="empty where it is not known")
    price_cents: int | None = Field(
        description="of the cheapest variant that can be bought; null: no price in this currency, or too old a one"
    )
    highest_cents: int | None = Field(description="of the dearest variant; above price_cents where variants differ")
    variant_id: str | None = Field(description="the variant whose price it is; null: the shopper has to choose one")
    in_stock: bool
    url: str = Field(description="empty where the shop gave none")
    image_url: str = Field(description="empty where the shop gave none")


class ProductsReply(Reply):
    """What sells best."""

    currency: str
    products: list[ProductReply]


class OneProductReply(Reply):
    """A product that sells."""

    currency: str
    product: ProductReply


class VariantReply(Reply):
    """One of the options in which a product is sold."""

    variant_id: str
    options: dict[str, str] = Field(description='such as {"size": "M", "colour": "blue"}')
    price_cents: int | None = Field(description="null: no price in this currency, or too old a one")
    in_stock: bool


class VariantsReply(Reply):
    """Every option in which a product is sold, sold out or not."""

    product_id: str
    currency: str
    variants: list[VariantReply]


class ExampleReply(Reply):
    """So many pieces of a product, without and with the offer."""

    product_id: str
    name: str
    variant_id: str | None = Field(description="null: the shopper has to choose one")
    url: str
    image_url: str
    quantity: int = Field(description="the fewest pieces for which the offer takes something off")
    before_cents: int
    after_cents: int


class ExamplesReply(Reply):
    """Products whose price the offer lowers; none for an offer on the whole order."""

    offer_id: str
    currency: str
    products: list[ExampleReply]


async def list_products(request: web.Request, query: ProductsQuery) -> ProductsReply:
    """List what sells best, or what a shopper's words mean."""
    currency, prices = query.in_currency(), request.app[PRICE_LIST]
    if query.words is None:
        found = await prices.products(per_category=query.per_category, limit=query.limit, currency=currency)
    else:
        found = await prices.find(query.words, category=query.category, limit=query.limit, currency=currency)
    return ProductsReply(
        currency=code_of(request, currency),
        products=[ProductReply(**product_values(request.app[NAMES], product)) for product in found],
    )


async def show_product(request: web.Request, query: CurrencyQuery) -> OneProductReply:
    """Tell what a product is and costs."""
    currency = query.in_currency()
    product = await request.app[PRICE_LIST].product(path_id(request, "product_id"), currency)
    return OneProductReply(
        currency=code_of(request, currency), product=ProductReply(**product_values(request.app[NAMES], product))
    )


async def list_variants(request: web.Request, query: CurrencyQuery) -> VariantsReply:
    """Tell in which sizes and colours a product is sold."""
    currency, product_id = query.in_currency(), path_id(request, "product_id")
    found = await request.app[PRICE_LIST].variants(product_id, currency)
    return VariantsReply(
        product_id=product_id,
        currency=code_of(request, currency),
        variants=[
            VariantReply(
                variant_id=variant.variant_id,
                options=dict(variant.options),
                price_cents=variant.price_cents,
                in_stock=variant.in_stock,
            )
            for variant in found
        ],
    )


def code_of(request: web.Request, currency: Currency | None) -> str:
    """Return the code of the currency that was asked for, else of the shop's."""
    return (currency or request.app[PRICE_LIST].currency).code


def product_values(names: DisplayNames, product: ListedProduct) -> dict[str, Any]:
    """Return the fields of a ProductReply."""
    return {
        "product_id": product.product_id,
        "name": product_name(names, product),
        "category": names.category(product.category) if product.category else "",
        "brand": product.brand or "",
        "price_cents": product.price_cents,
        "highest_cents": product.highest_cents,
        "variant_id": product.variant_id if product.variant_count <= 1 else None,
        "in_stock": product.in_stock,
        "url": product.url,
        "image_url": product.image_url,
    }


async def list_examples(request: web.Request, query: ExamplesQuery) -> ExamplesReply:
    """Price products with an offer."""
    offer_id = path_id(request, "offer_id")
    currency = query.in_currency()
    found = await request.app[PRICE_LIST].examples(offer_id, limit=query.limit, currency=currency)
    return ExamplesReply(
        offer_id=offer_id,
        currency=code_of(request, currency),
        products=[
            ExampleReply(
                product_id=example.product.product_id,
                name=product_name(request.app[NAMES], example.product),
                variant_id=example.product.variant_id if example.product.variant_count <= 1 else None,
                url=example.product.url,
                image_url=example.product.image_url,
                quantity=example.quantity,
                before_cents=example.before_cents,
                after_cents=example.after_cents,
            )
            for example in found
        ],
    )


def product_name(names: DisplayNames, product: ListedProduct) -> str:
    """Its title; for a product that its source gave none its type, else its category."""
    if product.title:
        return product.title
    return names.product_type(product.product_type) if product.product_type else names.category(product.category)


ENDPOINTS = (
    Endpoint("GET", "/v1/products", "List products", list_products, ProductsReply, query=ProductsQuery, errors=(400,)),
    Endpoint(
        "GET",
        "/v1/products/{product_id}",
        "Tell a product",
        show_product,
        OneProductReply,
        query=CurrencyQuery,
        errors=(400, 404),
    ),
    Endpoint(
        "GET",
        "/v1/products/{product_id}/variants",
        "List a product's options",
        list_variants,
        VariantsReply,
        query=CurrencyQuery,
        errors=(400, 404),
    ),
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
