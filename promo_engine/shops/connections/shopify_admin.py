"""Shopify's Admin API: orders are read over REST, changed over GraphQL.

https://shopify.dev/docs/api/admin-graphql: `orderCancel`, `returnRequest`. A cancellation is a job of Shopify's; that
it happened shows in the order's next report. Whether money goes back with it is the shop's setting, not ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.customers.change_requests import ChangeKind, ChangeRequest, ChangeState, ShopAnswer
from promo_engine.domain.customers.order_report import StoredOrder
from promo_engine.domain.customers.shop_orders import ShopOrder, number_key
from promo_engine.ports.shop.shop_access import BY_A_PERSON, ShopUnreachableError
from promo_engine.shops.connections.shop_http import ShopHttp, needed
from promo_engine.shops.connections.shopify_graphql import ShopifyGraphQl
from promo_engine.shops.shopify.shopify_webhooks import read_webhook

_CANCEL = """mutation ($orderId: ID!, $refund: OrderCancelRefundMethodInput!, $note: String) {
  orderCancel(orderId: $orderId, reason: CUSTOMER, refundMethod: $refund, restock: true, notifyCustomer: true,
              staffNote: $note) {
    job { id done } orderCancelUserErrors { code message } } }"""
_STATE = (
    """query ($orderId: ID!) { order(id: $orderId) { cancelledAt returns(first: 20) { nodes { name status } } } }"""
)
_RETURNABLE = """query ($orderId: ID!) { returnableFulfillments(orderId: $orderId, first: 20) { nodes {
  returnableFulfillmentLineItems(first: 100) { nodes {
    quantity fulfillmentLineItem { id lineItem { sku } } } } } } }"""
_RETURN = """mutation ($input: ReturnRequestInput!) { returnRequest(input: $input) {
  return { name status } userErrors { code message } } }"""
_OPEN_RETURNS = {"REQUESTED": ChangeState.SENT, "OPEN": ChangeState.CONFIRMED, "CLOSED": ChangeState.CONFIRMED}


class ShopifyAdmin:
    """One shop's Admin API."""

    def __init__(self, http: ShopHttp, shop: ShopifyGraphQl, *, refund_on_cancel: bool) -> None:
        self._http = http
        self._shop = shop
        self._refund_on_cancel = refund_on_cancel

    async def with_number(self, number: str) -> list[ShopOrder]:
        """Return the orders with this number. Raises ShopUnreachableError."""
        url = f"{self._shop.api}/orders.json?status=any&limit=20&name={quote(number_key(number), safe='')}"
        body = needed(await self._http.send("GET", url, headers=self._shop.headers), "GET orders")
        try:
            found = [item for order in body["orders"] for item in read_webhook("orders/updated", order, currency="")]
        except (KeyError, TypeError, AttributeError, ShopItemError) as error:
            raise ShopUnreachableError(f"GET orders: the reply cannot be read: {error}") from error
        orders = [item for item in found if isinstance(item, ShopOrder)]
        # Shopify finds `1001` in `EU-1001` as well.
        return [order for order in orders if number_key(order.number) == number_key(number)]

    async def send(self, request: ChangeRequest, stored: StoredOrder) -> ShopAnswer:
        """Ask for a change. Raises ShopUnreachableError."""
        order_id = f"gid://shopify/Order/{stored.order.order_id}"
        match request.kind:
            case ChangeKind.CANCEL:
                return await self._cancel(request, order_id)
            case ChangeKind.RETURN:
                return await self._return(request, order_id)
            case _:
                return ShopAnswer(ChangeState.REFUSED, reason=BY_A_PERSON)

    async def _cancel(self, request: ChangeRequest, order_id: str) -> ShopAnswer:
        if (await self._state(order_id))["cancelledAt"] is not None:
            return ShopAnswer(ChangeState.CONFIRMED)
        variables = {
            "orderId": order_id,
            "refund": {"originalPaymentMethodsRefund": self._refund_on_cancel},
            "note": f"Asked for in the chat ({request.change_request_id})",
        }
        result = (await self._shop.ask(_CANCEL, variables))["orderCancel"]
        errors = result["orderCancelUserErrors"]
        if errors:
            return ShopAnswer(ChangeState.REFUSED, reason=str(errors[0]["message"])[:500])
        return ShopAnswer(ChangeState.SENT, reference=str((result["job"] or {}).get("id") or "")[:128])

    async def _return(self, request: ChangeRequest, order_id: str) -> ShopAnswer:
        # Shopify would make a second return of a repeated request, so the first one is looked for.
        for known in (await self._state(order_id))["returns"]["nodes"]:
            if known["status"] in _OPEN_RETURNS:
                return ShopAnswer(_OPEN_RETURNS[known["status"]], reference=str(known["name"])[:128])
        lines = await self._returnable(request, order_id)
        if not lines:
            return ShopAnswer(ChangeState.REFUSED, reason="Nothing of this order can be returned.")
        result = (await self._shop.ask(_RETURN, {"input": {"orderId": order_id, "returnLineItems": lines}}))[
            "returnRequest"
        ]
        if result["userErrors"]:
            return ShopAnswer(ChangeState.REFUSED, reason=str(result["userErrors"][0]["message"])[:500])
        made = result["return"]
        return ShopAnswer(_OPEN_RETURNS.get(made["status"], ChangeState.SENT), reference=str(made["name"])[:128])

    async def _returnable(self, request: ChangeRequest, order_id: str) -> list[dict[str, Any]]:
        wanted = {line.variant_id: line.quantity for line in request.lines}
        lines = []
        for parcel in (await self._shop.ask(_RETURNABLE, {"orderId": order_id}))["returnableFulfillments"]["nodes"]:
            for line in parcel["returnableFulfillmentLineItems"]["nodes"]:
                item = line["fulfillmentLineItem"]
                quantity = min(line["quantity"], wanted.get(item["lineItem"]["sku"], 0)) if wanted else line["quantity"]
                if quantity:
                    note = request.reason or "Asked for in the chat"
                    lines.append(
                        {
                            "fulfillmentLineItemId": item["id"],
                            "quantity": quantity,
                            "returnReason": "OTHER",
                            "customerNote": note[:300],
                        }
                    )
        return lines

    async def _state(self, order_id: str) -> Mapping[str, Any]:
        order = (await self._shop.ask(_STATE, {"orderId": order_id}))["order"]
        if order is None:
            raise ShopUnreachableError(f"the shop has no {order_id}")
        state: Mapping[str, Any] = order
        return state
