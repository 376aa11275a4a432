"""GET /v1/orders/{order_id}, POST /v1/orders/{order_id}/cancel, POST /v1/orders/{order_id}/return."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from promo_engine.api.http.endpoint import Body, Endpoint, Id, Query, Reply, path_id
from promo_engine.api.http.keys import CLOCK, NAMES, ORDERS
from promo_engine.domain.customers.orders import OrderState


class OrderQuery(Query):
    """Who asks; absent for anonymous customers."""

    customer_id: Id | None = None


class OrderLineReply(Reply):
    """One product of the order."""

    product_id: str
    name: str
    quantity: int
    sales_cents: int


class OrderReply(Reply):
    """An order. Who did not place it sees where it is, and nothing of what is in it."""

    order_id: str
    state: OrderState
    placed_at: datetime
    expected_at: datetime
    yours: bool
    can_cancel: bool
    can_return: bool
    total_cents: int | None
    lines: list[OrderLineReply]


class OwnerBody(Body):
    """The signed-in customer who wants the change."""

    customer_id: Id


class OrderStateReply(Reply):
    """Where the order is now."""

    order_id: str
    state: OrderState


async def read_order(request: web.Request, query: OrderQuery) -> OrderReply:
    """Say where an order is."""
    now = request.app[CLOCK]()
    view = await request.app[ORDERS].look_up(path_id(request, "order_id"), customer_id=query.customer_id)
    order = view.order
    return OrderReply(
        order_id=order.order_id,
        state=order.state(now),
        placed_at=order.placed_at,
        expected_at=order.expected_at,
        yours=view.yours,
        can_cancel=view.yours and order.can_cancel(now),
        can_return=view.yours and order.can_return(now),
        total_cents=order.total_cents if view.yours else None,
        lines=[
            OrderLineReply(
                product_id=line.product_id,
                name=request.app[NAMES].category(line.name),
                quantity=line.quantity,
                sales_cents=line.sales_cents,
            )
            for line in view.lines
        ],
    )


async def cancel_order(request: web.Request, body: OwnerBody) -> OrderStateReply:
    """Cancel an order that is still being packed."""
    order_id = path_id(request, "order_id")
    state = await request.app[ORDERS].cancel(order_id, customer_id=body.customer_id, now=request.app[CLOCK]())
    return OrderStateReply(order_id=order_id, state=state)


async def return_order(request: web.Request, body: OwnerBody) -> OrderStateReply:
    """Ask for the return of a delivered order."""
    order_id = path_id(request, "order_id")
    state = await request.app[ORDERS].send_back(order_id, customer_id=body.customer_id, now=request.app[CLOCK]())
    return OrderStateReply(order_id=order_id, state=state)


_CHANGE_ERRORS = (400, 403, 404, 409)
ENDPOINTS = (
    Endpoint("GET", "/v1/orders/{order_id}", "Read an order", read_order, OrderReply, query=OrderQuery, errors=(404,)),
    Endpoint(
        "POST",
        "/v1/orders/{order_id}/cancel",
        "Cancel an order",
        cancel_order,
        OrderStateReply,
        body=OwnerBody,
        errors=_CHANGE_ERRORS,
    ),
    Endpoint(
        "POST",
        "/v1/orders/{order_id}/return",
        "Return an order",
        return_order,
        OrderStateReply,
        body=OwnerBody,
        errors=_CHANGE_ERRORS,
    ),
)
