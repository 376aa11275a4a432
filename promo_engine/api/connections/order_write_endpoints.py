"""PUT /v1/orders/{order_id}."""

from __future__ import annotations

from typing import Annotated, Any

from aiohttp import web
from pydantic import RootModel

from promo_engine.api.connections.item_answers import ItemAnswerReply, ReadLater, answer_reply
from promo_engine.api.connections.shop_caller import source_of
from promo_engine.api.http.endpoint import Endpoint, path_id
from promo_engine.api.http.keys import WRITE_API
from promo_engine.codecs.shop_item_codec import order_from_json
from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.connections.shop_sources import SourceScope
from promo_engine.domain.customers.shop_orders import ShopOrder
from promo_engine.domain.errors import InvalidRequest


class OrderBody(RootModel[Annotated[Any, ReadLater(ShopOrder)]]):
    """A whole order as its shop knows it at `shop_updated_at`; an older one is `stale` and changes nothing."""


async def write_order(request: web.Request, body: OrderBody) -> ItemAnswerReply:
    """Store an order with its lines, parcels and refunds."""
    source_id = await source_of(request, SourceScope.ORDERS)
    order_id = path_id(request, "order_id")
    written = body.root
    if not isinstance(written, dict):
        raise InvalidRequest("invalid_request", "The order has to be a JSON object.")
    if written.setdefault("order_id", order_id) != order_id:
        message = f"order_id: the path names {order_id}, the order itself another one"
        raise InvalidRequest("invalid_request", message, field="order_id")
    try:
        order = order_from_json(written)
    except ShopItemError as error:
        message = f"{error.field}: {error.reason}" if error.field else error.reason
        raise InvalidRequest("invalid_order", message, field=error.field or None) from error
    return answer_reply("order", await request.app[WRITE_API].write_order(order, source_id=source_id))


ENDPOINTS = (
    Endpoint(
        "PUT",
        "/v1/orders/{order_id}",
        "Store an order",
        write_order,
        ItemAnswerReply,
        body=OrderBody,
        errors=(400, 401, 403),
        takes_key=False,
    ),
)
