"""GET /v1/orders/{order_id}, POST /v1/order-lookups, GET /v1/order-numbers."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Annotated

from aiohttp import web
from pydantic import StringConstraints

from promo_engine.api.customers.change_request_endpoints import ChangeRequestReply, change_request_reply
from promo_engine.api.http.endpoint import Body, Endpoint, Id, Reply, path_id
from promo_engine.api.http.keys import CHANGE_REQUESTS, IDENTITIES, NAMES, ORDER_NUMBERS, ORDERS, PRICE_LIST, SHOP_ZONE
from promo_engine.domain.customers.change_requests import ChangeKind
from promo_engine.domain.customers.order_proof import OrderProof
from promo_engine.domain.customers.shop_orders import Shipment, ShopOrderState
from promo_engine.services.orders.order_service import OrderView

Written = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^\x00]*$")]


class OrderLookupBody(Body):
    """A number, and who asks: a signed-in customer, or somebody with the order's e-mail address or postcode."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
    conversation_id: Id
    customer_id: Id | None = None
    email: Written = ""
    postcode: Written = ""


class OrderLineReply(Reply):
    """One product of the order."""

    product_id: str
    name: str
    """What it was called when it was bought; for a product without a title its category."""
    quantity: int
    sales_cents: int
    variant_id: str
    """Empty where the shop names none."""
    options: dict[str, str]
    """Of the variant, such as its size; empty where nothing is known of it."""


class ShipmentReply(Reply):
    """A parcel; its link is https or empty."""

    carrier: str
    tracking_number: str
    tracking_url: str
    state: ShopOrderState
    promised_from: datetime | None
    promised_until: datetime | None
    delivered_at: datetime | None


class OrderReply(Reply):
    """An order as far as its shop said where it is. Times are those of the shop's zone.

    Who is not signed in sees nothing of what is in it.
    """

    order_id: str
    number: str
    state: ShopOrderState
    as_of: datetime | None
    placed_at: datetime
    promised_from: datetime | None
    promised_until: datetime | None
    delivered_at: datetime | None
    shipments: list[ShipmentReply]
    yours: bool
    refused_changes: dict[ChangeKind, str]
    """Changes that the shop need not be asked for, each with the reason as a code."""
    changes: list[ChangeRequestReply]
    currency: str | None
    """The order's own, else the shop's."""
    total_cents: int | None
    refunded_cents: int | None
    lines: list[OrderLineReply]


class StoredOrderReply(OrderReply):
    """An order as the shop's own systems see it."""

    expected_at: datetime | None
    """The latest moment that was promised, or at which it was delivered."""


class OrderNumbersReply(Reply):
    """What this shop's order numbers look like."""

    known: bool
    """Whether there is any order to ask about."""
    patterns: list[str]
    """Regular expressions that find a number in what a customer wrote."""
    example: str


async def look_up_order(request: web.Request, body: OrderLookupBody) -> OrderReply:
    """Say where an order is."""
    customer_id = body.customer_id and await request.app[IDENTITIES].current(body.customer_id)
    view = await request.app[ORDERS].look_up(
        body.number,
        customer_id=customer_id,
        proof=OrderProof(email=body.email, postcode=body.postcode),
        conversation_id=body.conversation_id,
    )
    return await order_reply(request, view)


async def read_order(request: web.Request) -> StoredOrderReply:
    """Say all that is known of an order."""
    view = await request.app[ORDERS].read(path_id(request, "order_id"))
    shown = await order_reply(request, view)
    return StoredOrderReply(**vars(shown), expected_at=shown.promised_until or shown.delivered_at)


async def order_reply(request: web.Request, view: OrderView) -> OrderReply:
    """Show an order to who may see it."""
    zone, order, report = request.app[SHOP_ZONE], view.order, view.report
    changes = request.app[CHANGE_REQUESTS]
    return OrderReply(
        order_id=order.order_id,
        number=order.shown_number,
        state=report.state,
        as_of=_local(report.as_of, zone),
        placed_at=order.placed_at.astimezone(zone),
        promised_from=_local(report.promised_from, zone),
        promised_until=_local(report.promised_until, zone),
        delivered_at=_local(report.delivered_at, zone),
        shipments=[_shipment(parcel, zone) for parcel in report.shipments],
        yours=view.yours,
        refused_changes=await changes.reasons_against(order, report) if view.yours else {},
        changes=[change_request_reply(change) for change in await changes.of_order(order.order_id)]
        if view.yours
        else [],
        currency=(order.currency or request.app[PRICE_LIST].currency.code) if view.yours else None,
        total_cents=order.total_cents if view.yours else None,
        refunded_cents=report.refunded_cents if view.yours else None,
        lines=[
            OrderLineReply(
                product_id=line.product_id,
                name=line.title or request.app[NAMES].category(line.name),
                quantity=line.quantity,
                sales_cents=line.sales_cents,
                variant_id=line.variant_id,
                options=dict(line.options),
            )
            for line in view.lines
        ],
    )


async def read_order_numbers(request: web.Request) -> OrderNumbersReply:
    """Say whether there are orders to ask about, and what their numbers look like."""
    numbers = await request.app[ORDER_NUMBERS].patterns()
    known = await request.app[ORDERS].knows_orders()
    return OrderNumbersReply(known=known, patterns=list(numbers.patterns), example=numbers.example)


def _shipment(parcel: Shipment, zone: tzinfo) -> ShipmentReply:
    return ShipmentReply(
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        tracking_url=parcel.tracking_url,
        state=parcel.state,
        promised_from=_local(parcel.promised_from, zone),
        promised_until=_local(parcel.promised_until, zone),
        delivered_at=_local(parcel.delivered_at, zone),
    )


def _local(at: datetime | None, zone: tzinfo) -> datetime | None:
    return None if at is None else at.astimezone(zone)


ENDPOINTS = (
    Endpoint("GET", "/v1/orders/{order_id}", "Read an order", read_order, StoredOrderReply, errors=(404,)),
    Endpoint(
        "POST",
        "/v1/order-lookups",
        "Look an order up",
        look_up_order,
        OrderReply,
        body=OrderLookupBody,
        takes_key=False,
        errors=(400, 403, 404, 429),
    ),
    Endpoint("GET", "/v1/order-numbers", "What order numbers look like", read_order_numbers, OrderNumbersReply),
)
