"""GET /v1/customers, GET, PUT and DELETE /v1/customers/{customer_id}, GET /v1/customers/{customer_id}/orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from promo_engine.api.connections.privacy_replies import PrivacyReply, privacy_reply
from promo_engine.api.connections.shop_caller import source_of
from promo_engine.api.customers.order_endpoints import OrderReply, order_reply
from promo_engine.api.http.endpoint import Body, Endpoint, Id, Query, Reply, path_customer, path_id
from promo_engine.api.http.keys import CLOCK, CUSTOMERS, NAMES, ORDERS, PRIVACY, WRITE_API
from promo_engine.api.http.schemas import Country, CurrencyCode
from promo_engine.codecs.written_types import Instant
from promo_engine.domain.connections.shop_sources import SourceScope
from promo_engine.domain.customers.email_hash import email_hash, name_hash
from promo_engine.domain.customers.shop_orders import ShopCustomer

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
    last_order_number: str
    holdout: bool


class CustomersReply(Reply):
    """Customers who have orders, most orders first."""

    customers: list[CustomerReply]


class NewCustomerBody(Body):
    """What is known of a customer; may be empty. Demographics count for a new one, the rest also later; what is left
    out stays as it is. Of name and postcode only a hash of both is kept."""

    demographics: dict[Demographic, Demographic] = Field(default_factory=dict, max_length=32)
    segments: list[Segment] | None = Field(
        default=None, max_length=100, description="the shop's groups that the customer is in; null leaves them"
    )
    email: str | None = Field(
        default=None, max_length=254, pattern=r"^[^\x00\s@]+@[^\x00\s@]+$", description="hashed at once, not stored"
    )
    email_hash: str | None = Field(
        default=None, pattern="^[0-9a-f]{64}$", description="SHA-256 of the address in lower case; instead of email"
    )
    name: str | None = Field(default=None, max_length=254, pattern=r"^[^\x00]*$", description="hashed with postcode")
    postcode: str | None = Field(default=None, max_length=32, pattern=r"^[^\x00]*$", description="hashed with name")
    country: Country | None = None
    currency: CurrencyCode | None = None
    locale: str | None = Field(default=None, max_length=16, pattern=r"^[A-Za-z0-9_-]*$")
    guest: bool | None = None
    marketing_consent: bool | None = None
    aliases: dict[Id, Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00]+$")]] | None = (
        Field(default=None, max_length=20, description="other identifiers of the person, by source")
    )
    created_at: Instant | None = None


class NewCustomerReply(Reply):
    """The customer, and whether this request made them."""

    customer_id: str
    created: bool
    segments: list[str]


class CustomerDetail(Reply):
    """A customer as stored, under the identifier of today."""

    customer_id: str
    email_hash: str | None
    country: str | None
    currency: str | None
    locale: str | None
    guest: bool
    marketing_consent: bool | None
    segments: list[str]
    aliases: dict[str, str]
    created_at: datetime


class OrdersQuery(Query):
    """How many orders to list."""

    limit: int = Field(default=5, ge=1, le=20)


class OrdersReply(Reply):
    """A customer's orders, the newest first."""

    orders: list[OrderReply]


async def list_customers(request: web.Request, query: CustomersQuery) -> CustomersReply:
    """List customers for the demo page."""
    customers = await request.app[CUSTOMERS].busiest(query.limit)
    return CustomersReply(
        customers=[
            CustomerReply(
                customer_id=customer.summary.customer_id,
                order_count=customer.summary.order_count,
                top_categories=[request.app[NAMES].category(name) for name in customer.summary.top_categories],
                last_order_number=customer.summary.last_order_number,
                holdout=customer.holdout,
            )
            for customer in customers
        ]
    )


async def read_customer(request: web.Request) -> CustomerDetail:
    """Say what is stored of a customer."""
    await source_of(request, SourceScope.CUSTOMERS)
    found = await request.app[WRITE_API].customer(path_id(request, "customer_id"))
    return CustomerDetail(
        customer_id=found.customer_id,
        email_hash=found.email_hash or None,
        country=found.country or None,
        currency=found.currency or None,
        locale=found.locale or None,
        guest=found.guest,
        marketing_consent=found.marketing_consent,
        segments=sorted(found.segments),
        aliases=dict(found.aliases),
        created_at=found.created_at or request.app[CLOCK](),
    )


async def delete_customer(request: web.Request) -> PrivacyReply:
    """Forget a customer, in the engine at once and in the gateway within a minute."""
    source_id = await source_of(request, SourceScope.CUSTOMERS)
    actor = request.headers.get("X-Actor", "")[:64] or f"source:{source_id}"
    return privacy_reply(await request.app[PRIVACY].redact(path_id(request, "customer_id"), requested_by=actor))


async def put_customer(request: web.Request, body: NewCustomerBody) -> NewCustomerReply:
    """Make a customer known, and say which groups they are in."""
    source_id = await source_of(request, SourceScope.CUSTOMERS)
    customer_id = await path_customer(request)
    given = {name: value for name in _OF_SHOPS if (value := getattr(body, name)) is not None}
    if body.email is not None:
        given["email_hash"] = email_hash(body.email)
    if body.name and body.postcode:
        given["name_hash"] = name_hash(body.name, body.postcode)
    if given:
        created = await request.app[WRITE_API].add_customer(
            customer_id, demographics=body.demographics, now=request.app[CLOCK]()
        )
        if body.segments is not None:
            given["segments"] = tuple(body.segments)
        item = ShopCustomer(customer_id, **given)
        stored = await request.app[WRITE_API].write_customer(item, frozenset(given), source_id=source_id)
        return NewCustomerReply(customer_id=stored.customer_id, created=created, segments=sorted(stored.segments))
    created, segments = await request.app[CUSTOMERS].put(
        customer_id, demographics=body.demographics, segments=body.segments, now=request.app[CLOCK]()
    )
    return NewCustomerReply(customer_id=customer_id, created=created, segments=sorted(segments))


async def list_orders(request: web.Request, query: OrdersQuery) -> OrdersReply:
    """List a customer's orders."""
    views = await request.app[ORDERS].newest_of(await path_customer(request), limit=query.limit)
    return OrdersReply(orders=[await order_reply(request, view) for view in views])


_OF_SHOPS = ("email_hash", "country", "currency", "locale", "guest", "marketing_consent", "aliases", "created_at")
"""Fields of a customer that shops report."""

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
        errors=(400, 401, 403),
    ),
    Endpoint(
        "GET",
        "/v1/customers/{customer_id}",
        "Read a customer",
        read_customer,
        CustomerDetail,
        errors=(400, 401, 403, 404),
    ),
    Endpoint(
        "DELETE",
        "/v1/customers/{customer_id}",
        "Forget a customer",
        delete_customer,
        PrivacyReply,
        errors=(400, 401, 403),
        takes_key=False,
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
