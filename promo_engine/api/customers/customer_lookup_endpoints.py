"""POST /v1/customer-lookups."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import StringConstraints

from promo_engine.api.http.endpoint import Body, Endpoint, Id, Reply
from promo_engine.api.http.keys import CUSTOMER_FINDER

_Written = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^\x00]*$")]


class CustomerLookupBody(Body):
    """What somebody who is not signed in says of themselves: an e-mail address, or name and postcode."""

    conversation_id: Id
    email: _Written = ""
    name: _Written = ""
    postcode: _Written = ""


class FoundCustomerReply(Reply):
    """The one customer whom it fits."""

    customer_id: str


async def look_up_customer(request: web.Request, body: CustomerLookupBody) -> FoundCustomerReply:
    """Find a customer who is not signed in."""
    found = await request.app[CUSTOMER_FINDER].find(
        email=body.email, name=body.name, postcode=body.postcode, conversation_id=body.conversation_id
    )
    return FoundCustomerReply(customer_id=found)


ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/customer-lookups",
        "Find a customer who is not signed in",
        look_up_customer,
        FoundCustomerReply,
        body=CustomerLookupBody,
        takes_key=False,
        errors=(400, 403, 404, 429),
    ),
)
