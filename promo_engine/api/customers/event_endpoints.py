"""POST /v1/events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from aiohttp import web
from pydantic import AwareDatetime, Field

from promo_engine.api.connections.shop_caller import source_of
from promo_engine.api.http.endpoint import Body, Endpoint, Id, Reply
from promo_engine.api.http.keys import CLOCK, IDENTITIES, INGEST, METRICS
from promo_engine.domain.connections.shop_sources import SourceScope
from promo_engine.domain.customers.customer_events import CustomerEvent, Purchase
from promo_engine.domain.customers.orders import Order, OrderLine
from promo_engine.domain.money import MAX_CENTS

MAX_EVENTS = 100
MAX_LINES = 200
"""The largest basket of the imported year has 161 lines."""


# No shop sold anything before; and a moment of the year 1 in a zone east of UTC has no UTC at all.
OCCURRED_FROM = datetime(1970, 1, 1, tzinfo=UTC)


class PurchaseLineBody(Body):
    """One product of a purchase."""

    product_id: Id
    quantity: int = Field(ge=1, le=100_000)
    sales_cents: int = Field(ge=0, le=MAX_CENTS, description="what the whole line cost")


class _EventBody(Body):
    event_id: Id
    customer_id: Id
    occurred_at: AwareDatetime = Field(ge=OCCURRED_FROM)


class PurchaseBody(_EventBody):
    """A customer ordered something."""

    kind: Literal["purchase"]
    order_id: Id
    lines: list[PurchaseLineBody] = Field(min_length=1, max_length=MAX_LINES)


class ViewBody(_EventBody):
    """A customer looked at a product."""

    kind: Literal["view"]
    product_id: Id


class CartBody(_EventBody):
    """A customer put a product into the basket, or took it out (quantity 0)."""

    kind: Literal["cart"]
    product_id: Id
    quantity: int = Field(default=1, ge=0, le=100_000)


class EventsBody(Body):
    """Events of any customers; each is taken in, or refused by itself."""

    events: list[Annotated[PurchaseBody | ViewBody | CartBody, Field(discriminator="kind")]] = Field(
        min_length=1, max_length=MAX_EVENTS
    )


class RefusedEventReply(Reply):
    """An event that was not taken in."""

    event_id: str
    code: Literal["occurs_in_future", "order_exists"]
    message: str
    field: str


class EventsReply(Reply):
    """How many events were new, how many were known already, and which were refused."""

    accepted: int
    duplicates: int
    refused: list[RefusedEventReply]


async def take_in_events(request: web.Request, body: EventsBody) -> EventsReply:
    """Take in what customers did."""
    await source_of(request, SourceScope.ORDERS)
    identities = request.app[IDENTITIES]
    named = {event.customer_id: await identities.current(event.customer_id) for event in body.events}
    events = [_event(event.model_copy(update={"customer_id": named[event.customer_id]})) for event in body.events]
    ingested = await request.app[INGEST].take_in(events, now=request.app[CLOCK]())
    fates = request.app[METRICS].events
    fates.labels("accepted").inc(ingested.accepted)
    fates.labels("duplicate").inc(ingested.duplicates)
    fates.labels("late_purchase").inc(ingested.late_purchases)
    fates.labels("refused").inc(len(ingested.refused))
    fates.labels("unlisted_product").inc(ingested.unlisted_products)
    return EventsReply(
        accepted=ingested.accepted,
        duplicates=ingested.duplicates,
        refused=[
            RefusedEventReply(event_id=found.event_id, code=found.code, message=found.message, field=found.field)  # type: ignore[arg-type]  # pydantic checks it
            for found in ingested.refused
        ],
    )


def _event(body: PurchaseBody | ViewBody | CartBody) -> CustomerEvent:
    purchase = None
    if isinstance(body, PurchaseBody):
        lines = tuple(
            OrderLine(product_id=line.product_id, quantity=line.quantity, sales_cents=line.sales_cents)
            for line in body.lines
        )
        order = Order(
            order_id=body.order_id,
            customer_id=body.customer_id,
            placed_at=body.occurred_at,
            total_cents=sum(line.sales_cents for line in lines),
        )
        purchase = Purchase(order=order, lines=lines)
    return CustomerEvent(
        event_id=body.event_id,
        customer_id=body.customer_id,
        kind=body.kind,
        occurred_at=body.occurred_at,
        purchase=purchase,
        body=body.model_dump(mode="json", exclude={"event_id", "customer_id", "kind", "occurred_at"}),
    )


ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/events",
        "Report purchases, views and baskets",
        take_in_events,
        EventsReply,
        body=EventsBody,
        errors=(400, 401, 403),
        union_tags=frozenset({"purchase", "view", "cart"}),
    ),
)
