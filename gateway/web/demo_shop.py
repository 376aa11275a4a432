"""The demo shop: what it is, products, and a checkout that quotes baskets and redeems codes at the engine.

    GET  /api/demo/shop
    GET  /api/demo/products              ?currency=GBP; left out: the shop's
    GET  /api/demo/products/{product_id} the same
    GET  /pictures/{product_id}.svg      ?colour=moss
    POST /api/demo/quote      {"token", "lines": [{"product_id", "quantity"}], "codes", "currency", "country"}
    POST /api/demo/orders     the same with "order_id"; redeems the codes, if there are any

403 `demo_sign_in_off` where the demo is off. A page sends products and numbers of pieces; prices are the engine's own,
as a real shop's would be its own. Delivery costs what the shop's file says; where it says nothing, the price is without
delivery, and `delivery_known` of the answer is false.
"""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from common.bodies import Body, read_body
from common.errors import InvalidRequest, NotFound
from gateway import keys
from gateway.web.shopper_sessions import require_demo

PRODUCT_LIMIT = 200
PER_CATEGORY = 12
CHANNEL = "web"
CURRENCY = re.compile(r"[A-Z]{3}")
COUNTRY = re.compile(r"[A-Z]{2}")
COLOUR = re.compile(r"[a-z]{1,32}")
Currency = Annotated[str, Field(pattern=CURRENCY.pattern, max_length=3)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class BasketLine(Body):
    """A product and its number of pieces."""

    product_id: Identifier
    quantity: Annotated[int, Field(ge=1, le=99)]


class QuoteRequest(Body):
    """A basket and the codes that its shopper typed; the token says who the shopper is."""

    token: Annotated[str, Field(max_length=4096)] | None = None
    lines: Annotated[list[BasketLine], Field(min_length=1, max_length=50)]
    codes: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=5, default_factory=list)
    ]
    currency: Currency | None = None
    """Left out: the shop's."""
    country: Annotated[str, Field(pattern=COUNTRY.pattern, max_length=2)] | None = None
    """To which it is delivered. Left out: the first one that the shop's file names."""


class OrderRequest(QuoteRequest):
    """A basket to buy. The page makes the order's id, so that an order sent twice is one order."""

    order_id: Identifier


def add_demo_shop(app: web.Application) -> None:
    """Add the routes above."""
    app.router.add_get("/api/demo/shop", show_shop)
    app.router.add_get("/pictures/{product_id:[a-z0-9]{1,64}}.svg", show_picture)
    app.router.add_get("/api/demo/products", list_products)
    app.router.add_get("/api/demo/products/{product_id:[A-Za-z0-9_-]{1,64}}", show_product)
    app.router.add_post("/api/demo/quote", quote)
    app.router.add_post("/api/demo/orders", order)


async def show_shop(request: web.Request) -> web.Response:
    """GET /api/demo/shop: its name, whether it is made up, its currencies, and the countries that it delivers to.

    Its own currency stands first; each country has the currency in which its delivery costs, or null.
    """
    require_demo(request)
    facts = request.app[keys.FACTS]
    currencies = dict.fromkeys(code for code in (facts.currency, *facts.currencies) if code is not None)
    costs = {code: cost.currency or facts.currency for cost in facts.delivery.costs for code in cost.countries}
    countries = [{"code": code, "currency": costs.get(code)} for code in facts.delivery.countries or costs]
    shop = {"name": facts.name, "demo": facts.demo, "currencies": list(currencies), "countries": countries}
    return web.json_response(shop)


async def show_picture(request: web.Request) -> web.FileResponse:
    """GET /pictures/{product_id}.svg: the product, in one of its colours. Raises NotFound (`unknown_picture`)."""
    require_demo(request)
    folder, product_id = request.app[keys.SETTINGS].demo_pictures_dir, request.match_info["product_id"]
    colour = request.query.get("colour", "")
    names = [f"{product_id}-{colour}.svg"] if COLOUR.fullmatch(colour) else []
    for name in [*names, f"{product_id}.svg"]:
        if folder is not None and (folder / name).is_file():
            return web.FileResponse(folder / name)
    raise NotFound("unknown_picture", f"There is no picture of {product_id}.")


async def list_products(request: web.Request) -> web.Response:
    """GET /api/demo/products: what sells best."""
    require_demo(request)
    currency = _currency(request)
    found = await request.app[keys.ENGINE].products(limit=PRODUCT_LIMIT, per_category=PER_CATEGORY, currency=currency)
    return web.json_response(found)


async def show_product(request: web.Request) -> web.Response:
    """GET /api/demo/products/{product_id}: any product that sells."""
    require_demo(request)
    product_id = request.match_info["product_id"]
    return web.json_response(await request.app[keys.ENGINE].product(product_id, currency=_currency(request)))


def _currency(request: web.Request) -> str | None:
    """The one that is asked for. Raises InvalidRequest for no code."""
    code = request.query.get("currency")
    if code is not None and not CURRENCY.fullmatch(code):
        raise InvalidRequest("invalid_request", "A currency's code has three letters, such as EUR.", field="currency")
    return code


async def quote(request: web.Request) -> web.Response:
    """POST /api/demo/quote: what a basket costs with its codes."""
    require_demo(request)
    wanted = await read_body(request, QuoteRequest)
    basket, delivery_known = await _basket(request, wanted)
    quoted = await request.app[keys.ENGINE].quote(basket)
    return web.json_response({**quoted, "delivery_known": delivery_known})


async def order(request: web.Request) -> web.Response:
    """POST /api/demo/orders: what was paid, and the redemption if there were codes."""
    require_demo(request)
    wanted = await read_body(request, OrderRequest)
    basket, _ = await _basket(request, wanted)
    engine = request.app[keys.ENGINE]
    if not wanted.codes:
        return web.json_response(
            {"order_id": wanted.order_id, "redemption_id": None, "quote": await engine.quote(basket)}
        )
    redemption = await engine.redeem(basket, order_id=wanted.order_id)
    return web.json_response({name: redemption[name] for name in ("order_id", "redemption_id", "quote")})


async def _basket(request: web.Request, wanted: QuoteRequest) -> tuple[dict[str, Any], bool]:
    """What the engine prices, and whether the shop said what delivery costs."""
    engine = request.app[keys.ENGINE]
    try:
        priced = await asyncio.gather(
            *(engine.product(line.product_id, currency=wanted.currency) for line in wanted.lines)
        )
    except NotFound as error:
        raise InvalidRequest(error.code, error.message, field="lines.product_id") from None
    for found in priced:
        if found["product"]["price_cents"] is None:
            raise InvalidRequest("no_price", "A product has no price in this currency.", field="lines.product_id")
    shopper = None if wanted.token is None else await request.app[keys.IDENTITY].read_token(wanted.token)
    currency: str = priced[0]["currency"]
    goods_cents = sum(
        line.quantity * found["product"]["price_cents"] for line, found in zip(wanted.lines, priced, strict=True)
    )
    country = _country(request, wanted.country)
    cost = None if country is None else request.app[keys.FACTS].delivery_cost(country, currency)
    basket = {
        "customer_id": None if shopper is None else shopper.customer_id,
        "currency": currency,
        "codes": wanted.codes,
        "channel": CHANNEL,
        **({} if country is None else {"country": country}),
        "delivery_cents": 0 if cost is None else cost.of_basket(goods_cents),
        "lines": [
            {
                "line_id": str(number),
                "product_id": line.product_id,
                "quantity": line.quantity,
                "unit_price_cents": found["product"]["price_cents"],
            }
            for number, (line, found) in enumerate(zip(wanted.lines, priced, strict=True), 1)
        ],
    }
    return basket, cost is not None


def _country(request: web.Request, wanted: str | None) -> str | None:
    """Where the basket goes; None where nobody says. Raises InvalidRequest (`not_delivered`)."""
    countries = request.app[keys.FACTS].delivery.countries
    if wanted is None:
        return countries[0] if countries else None
    if countries and wanted not in countries:
        raise InvalidRequest("not_delivered", f"The shop does not deliver to {wanted}.", field="country")
    return wanted
