"""POST /v1/baskets/quote, /v1/redemptions and /v1/redemptions/{redemption_id}/cancel: the checkout's side."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Literal, Self

from aiohttp import web
from pydantic import Field, StringConstraints, model_validator

from promo_engine.api.http.endpoint import Body, Endpoint, Id, Reply, path_id
from promo_engine.api.http.keys import CHECKOUT
from promo_engine.api.http.schemas import Country, CurrencyCode, Stock
from promo_engine.codecs.written_types import Name
from promo_engine.domain.codes.redemptions import Redemption
from promo_engine.domain.money import MAX_CENTS
from promo_engine.domain.pricing.baskets import MAX_LINES, MAX_QUANTITY, BasketLine
from promo_engine.services.checkout.checkout_service import Checkout, quote_json

MAX_CODES = 20
TypedCode = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Cents = Annotated[int, Field(ge=0, le=MAX_CENTS)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]


class BasketLineBody(Body):
    """So many pieces of one variant, or of one product. Offers on a product are about all of its variants."""

    line_id: Id
    product_id: Id | None = None
    variant_id: Name | None = None
    quantity: int = Field(default=1, ge=1, le=MAX_QUANTITY)
    unit_price_cents: Cents
    unit_cost_cents: Cents | None = None
    tax_basis_points: BasisPoints = 0

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.product_id is None and self.variant_id is None:
            raise ValueError("a line needs a product_id or a variant_id")
        return self

    def line(self) -> BasketLine:
        """Return the domain's line; the variant says more than the product."""
        values = self.model_dump(exclude={"product_id", "variant_id"})
        return BasketLine(product_id=self.variant_id or self.product_id or "", **values)


class BasketBody(Body):
    """A basket as the shop prices it, and the codes that its shopper typed."""

    customer_id: Id | None = None
    currency: CurrencyCode
    lines: list[BasketLineBody] = Field(min_length=1, max_length=MAX_LINES)
    codes: list[TypedCode] = Field(default_factory=list, max_length=MAX_CODES)
    delivery_cents: Cents = 0
    delivery_tax_basis_points: BasisPoints = 0
    prices_include_tax: bool = True
    country: Country | None = None
    channel: Id | None = None
    stock: Stock | None = None

    def checkout(self) -> Checkout:
        """Return the service's checkout."""
        return Checkout(
            lines=tuple(line.line() for line in self.lines),
            codes=tuple(self.codes),
            **{
                name: getattr(self, name)
                for name in (
                    "customer_id",
                    "currency",
                    "delivery_cents",
                    "delivery_tax_basis_points",
                    "prices_include_tax",
                    "country",
                    "channel",
                    "stock",
                )
            },
        )


class RedemptionBody(BasketBody):
    """The order for which the codes are used; its basket is priced again."""

    order_id: Id


class QuotedLineReply(Reply):
    """One line, priced. Tax is inside `after_cents` where prices include it, on top otherwise."""

    line_id: str
    full_cents: int
    discount_cents: int
    after_cents: int
    tax_cents: int


class AppliedReply(Reply):
    """What one code gives."""

    offer_id: str
    code: str
    discount_cents: int
    points: int
    credit_cents: int
    gift_product_id: str | None
    gift_quantity: int = 0  # redemptions of before there were gifts have none


class RefusedReply(Reply):
    """A code that gives nothing, and why, in words for the shopper."""

    code: str
    reason: str


class QuoteReply(Reply):
    """The price of a basket with its codes."""

    currency: str
    lines: list[QuotedLineReply]
    delivery: QuotedLineReply
    applied: list[AppliedReply]
    refused: list[RefusedReply]
    discount_cents: int
    tax_cents: int
    total_cents: int


class RedemptionReply(Reply):
    """Codes used for an order."""

    redemption_id: str
    order_id: str
    state: Literal["redeemed", "cancelled"]
    redeemed_at: datetime
    cancelled_at: datetime | None
    quote: QuoteReply

    @classmethod
    def of(cls, redemption: Redemption) -> RedemptionReply:
        """Show a redemption."""
        return cls(
            redemption_id=redemption.redemption_id,
            order_id=redemption.order_id,
            state="redeemed" if redemption.cancelled_at is None else "cancelled",
            redeemed_at=redemption.redeemed_at,
            cancelled_at=redemption.cancelled_at,
            quote=QuoteReply.model_validate(redemption.quote),
        )


async def quote_basket(request: web.Request, body: BasketBody) -> QuoteReply:
    """Price a basket; nothing is stored."""
    return QuoteReply.model_validate(quote_json(await request.app[CHECKOUT].quote(body.checkout())))


async def redeem_codes(request: web.Request, body: RedemptionBody) -> RedemptionReply:
    """Use codes for an order; the same request again gets the same answer."""
    service = request.app[CHECKOUT]
    return RedemptionReply.of(await service.redeem(body.checkout(), order_id=body.order_id, redemption_id=uuid.uuid4()))


async def read_redemption(request: web.Request) -> RedemptionReply:
    """Read a redemption."""
    return RedemptionReply.of(await request.app[CHECKOUT].read(path_id(request, "redemption_id")))


async def cancel_redemption(request: web.Request) -> RedemptionReply:
    """Give uses and money back."""
    return RedemptionReply.of(await request.app[CHECKOUT].cancel(path_id(request, "redemption_id")))


_ONE = "/v1/redemptions/{redemption_id}"
ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/baskets/quote",
        "Price a basket with codes",
        quote_basket,
        QuoteReply,
        body=BasketBody,
        errors=(400, 404),
        takes_key=False,  # it stores nothing
    ),
    Endpoint(
        "POST",
        "/v1/redemptions",
        "Use codes for an order",
        redeem_codes,
        RedemptionReply,
        body=RedemptionBody,
        errors=(400, 403, 404, 409),
    ),
    Endpoint("GET", _ONE, "Read a redemption", read_redemption, RedemptionReply, errors=(400, 404)),
    Endpoint("POST", f"{_ONE}/cancel", "Cancel a redemption", cancel_redemption, RedemptionReply, errors=(400, 404)),
)
