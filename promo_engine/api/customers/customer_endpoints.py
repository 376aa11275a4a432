"""GET /v1/customers, PUT /v1/customers/{customer_id}, GET /v1/customers/{customer_id}/orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from promo_engine.api.http.endpoint import Body, Endpoint, Query, Reply, path_id
from promo_engine.api.http.keys import CLOCK, CUSTOMERS, NAMES, ORDERS
from promo_engine.domain.customers.orders import OrderState

Demographic = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00]*$")]

Segment = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


class CustomersQuery(Query):
    """How many customers to list."""

    limit: int = Field(default=20, ge=1, le=200)


class CustomerReply(Reply):
    """A customer of the list."""

    customer_id: str
    order_count: int
    top_categories: list[str]
    last_order_id: str
    holdout: bool


class CustomersReply(Reply):
    """Customers who have orders, most orders first."""

    customers: list[CustomerReply]


class NewCustomerBody(Body):
    """What is known of a customer; may be empty. Demographics count for a new one, segments also later."""

    demographics: dict[Demographic, Demographic] = Field(default_factory=dict, max_length=32)
    segments: list[Segment] | None = Field(
        default=None, max_length=100, description="the shop's groups that the customer is in; null leaves them"
    )


class NewCustomerReply(Reply):
    """The customer, and whether this request made them."""

    customer_id: str
    created: bool
    segments: list[str]


class OrdersQuery(Query):
    """How many orders to list."""

    limit: int = Field(default=5, ge=1, le=20)


class ListedOrder(Reply):
    """An order of the list."""

    order_id: str
    state: OrderState
    placed_at: datetime
    expected_at: datetime
    total_cents: int


class OrdersReply(Reply):
    """A customer's orders, the newest first."""

    orders: list[ListedOrder]


async def list_customers(request: web.Request, query: CustomersQuery) -> CustomersReply:
    """List customers for the demo page."""
    customers = await request.app[CUSTOMERS].busiest(query.limit)
    return CustomersReply(
        customers=[
            CustomerReply(
                customer_id=customer.summary.customer_id,
                order_count=customer.summary.order_count,
                top_categories=[request.app[NAMES].category(name) for name in customer.summary.top_categories],
                last_order_id=customer.summary.last_order_id,
                holdout=customer.holdout,
            )
            for customer in customers
        ]
    )


async def put_customer(request: web.Request, body: NewCustomerBody) -> NewCustomerReply:
    """Make a customer known, and say which groups they are in."""
    customer_id = path_id(request, "customer_id")
    created, segments = await request.app[CUSTOMERS].put(
        customer_id, demographics=body.demographics, segments=body.segments, now=request.app[CLOCK]()
    )
    return NewCustomerReply(customer_id=customer_id, created=created, segments=sorted(segments))


async def list_orders(request: web.Request, query: OrdersQuery) -> OrdersReply:
    """List a customer's orders."""
    now = request.app[CLOCK]()
    orders = await request.app[ORDERS].newest_of(path_id(request, "customer_id"), limit=query.limit)
    return OrdersReply(
        orders=[
            ListedOrder(
                order_id=order.order_id,
                state=order.state(now),
                placed_at=order.placed_at,
                expected_at=order.expected_at,
                total_cents=order.total_cents,
            )
            for order in orders
        ]
    )


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/customers", "List customers", list_customers, CustomersReply, query=CustomersQuery, errors=(400,)
    ),
    Endpoint(
        "PUT",
        "/v1/customers/{customer_id}",
        "Make a customer known",
        put_customer,
        NewCustomerReply,
        body=NewCustomerBody,
        errors=(400,),
    ),
    Endpoint(
        "GET",
        "/v1/customers/{customer_id}/orders",
        "List a customer's orders",
        list_orders,
        OrdersReply,
        query=OrdersQuery,
        errors=(400, 404),
    ),
)
