"""Medusa's Admin API (version 2), with a secret API key.

https://docs.medusajs.com/api/admin: `POST /admin/orders/{id}/cancel`; a return is begun, gets its items, and is then
requested. A return that an earlier attempt began is gone on with.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.customers.change_requests import ChangeKind, ChangeRequest, ChangeState, ShopAnswer
from promo_engine.domain.customers.email_hash import email_customer_id, email_hash
from promo_engine.domain.customers.order_proof import postcode_hash
from promo_engine.domain.customers.order_report import StoredOrder
from promo_engine.domain.customers.shop_orders import Shipment, ShopOrder, ShopOrderLine, ShopOrderState, number_key
from promo_engine.ports.shop.shop_access import ShopUnreachableError
from promo_engine.shops.connections.shop_http import ShopHttp, needed
from promo_engine.shops.text.cell_values import cents, plain_text

_FULFILMENT = {
    "not_fulfilled": None,
    "partially_fulfilled": ShopOrderState.PACKING,
    "fulfilled": ShopOrderState.PACKING,
    "partially_shipped": ShopOrderState.PARTLY_SHIPPED,
    "shipped": ShopOrderState.SHIPPED,
    "partially_delivered": ShopOrderState.PARTLY_SHIPPED,
    "delivered": ShopOrderState.DELIVERED,
    "canceled": ShopOrderState.CANCELLED,
}
_PAYMENT = {
    "not_paid": ShopOrderState.RECEIVED,
    "awaiting": ShopOrderState.RECEIVED,
    "authorized": ShopOrderState.RECEIVED,
    "captured": ShopOrderState.PAID,
    "refunded": ShopOrderState.REFUNDED,
    "partially_refunded": ShopOrderState.PARTLY_REFUNDED,
    "canceled": ShopOrderState.CANCELLED,
}
_FIELDS = "fields=*items,*shipping_address,*fulfillments,*fulfillments.labels,*returns"


class MedusaAdmin:
    """One shop's Admin API."""

    def __init__(self, http: ShopHttp, *, base_url: str, token: str) -> None:
        self._http = http
        self._api = f"{base_url.rstrip('/')}/admin"
        self._auth = (token, "")

    async def with_number(self, number: str) -> list[ShopOrder]:
        """Return the orders with this number, Medusa's `display_id`. Raises ShopUnreachableError."""
        key = number_key(number)
        if not key.isdigit():
            return []
        url = f"{self._api}/orders?limit=20&{_FIELDS}&q={quote(key, safe='')}"
        body = needed(await self._http.send("GET", url, auth=self._auth), "GET orders")
        try:
            orders = [order_of(order) for order in body["orders"]]
        except (KeyError, TypeError, ValueError, AttributeError, ShopItemError) as error:
            raise ShopUnreachableError(f"GET orders: the reply cannot be read: {error}") from error
        return [order for order in orders if number_key(order.number) == key]

    async def send(self, request: ChangeRequest, stored: StoredOrder) -> ShopAnswer:
        """Ask for a change. Raises ShopUnreachableError."""
        if request.kind is ChangeKind.ADDRESS:
            return ShopAnswer(ChangeState.REFUSED, reason="Addresses are changed by a person.")
        url = f"{self._api}/orders/{quote(stored.order.order_id, safe='')}"
        order = needed(await self._http.send("GET", f"{url}?{_FIELDS}", auth=self._auth), "GET order")["order"]
        if request.kind is ChangeKind.CANCEL:
            return await self._cancel(url, order)
        return await self._return(request, order)

    async def _cancel(self, url: str, order: Mapping[str, Any]) -> ShopAnswer:
        if order["status"] == "canceled":
            return ShopAnswer(ChangeState.CONFIRMED)
        reply = await self._http.send("POST", f"{url}/cancel", auth=self._auth, json={})
        if reply.status in (400, 409, 422):
            return ShopAnswer(ChangeState.REFUSED, reason=_message(reply.body))
        cancelled = needed(reply, "POST cancel")["order"]
        return ShopAnswer(ChangeState.CONFIRMED if cancelled["status"] == "canceled" else ChangeState.SENT)

    async def _return(self, request: ChangeRequest, order: Mapping[str, Any]) -> ShopAnswer:
        known = next((made for made in order.get("returns") or () if made.get("status") != "canceled"), None)
        if known is not None and known.get("status") in ("requested", "received"):
            return ShopAnswer(ChangeState.CONFIRMED, reference=str(known["id"])[:128])
        if known is None:
            content = {"order_id": order["id"], "internal_note": request.change_request_id}
            reply = await self._http.send("POST", f"{self._api}/returns", auth=self._auth, json=content)
            if reply.status in (400, 409, 422):
                return ShopAnswer(ChangeState.REFUSED, reason=_message(reply.body))
            known = needed(reply, "POST return")["return"]
        url = f"{self._api}/returns/{quote(str(known['id']), safe='')}"
        items = {"items": _items(request, order)}
        for step, content in (("request-items", items), ("request", {})):
            reply = await self._http.send("POST", f"{url}/{step}", auth=self._auth, json=content)
            if reply.status in (400, 409, 422):
                return ShopAnswer(ChangeState.REFUSED, reason=_message(reply.body))
            needed(reply, f"POST {step}")
        return ShopAnswer(ChangeState.CONFIRMED, reference=str(known["id"])[:128])


def order_of(order: Mapping[str, Any]) -> ShopOrder:
    """An order of the Admin API; amounts are in the currency's own unit. Raises what a missing field raises."""
    currency, number = str(order["currency_code"]).upper(), str(order["display_id"])
    hashed = email_hash(str(order.get("email") or ""))
    state = ShopOrderState.CANCELLED if order["status"] == "canceled" else None
    state = state or _FULFILMENT.get(str(order.get("fulfillment_status")), ShopOrderState.UNKNOWN)
    return ShopOrder(
        order_id=str(order["id"]),
        number=number,
        customer_id=str(order["customer_id"]) if order.get("customer_id") else email_customer_id(hashed),
        placed_at=_time(order["created_at"]),
        currency=currency,
        total_cents=_cents(order["total"], currency),
        lines=tuple(
            ShopOrderLine(
                title=plain_text(str(item["title"])),
                quantity=int(item["quantity"]),
                line_cents=_cents(item["unit_price"], currency) * int(item["quantity"]),
                variant_id=str(item.get("variant_sku") or item.get("variant_id") or "") or None,
                sku=str(item.get("variant_sku") or ""),
            )
            for item in order["items"]
        ),
        state=state or _PAYMENT.get(str(order.get("payment_status")), ShopOrderState.UNKNOWN),
        payment=str(order.get("payment_status") or ""),
        shop_updated_at=_time(order["updated_at"]),
        shipments=tuple(_shipment(parcel) for parcel in order.get("fulfillments") or ()),
        email_hash=hashed,
        postcode_hash=postcode_hash(str((order.get("shipping_address") or {}).get("postal_code") or ""), number=number),
    )


def _shipment(parcel: Mapping[str, Any]) -> Shipment:
    label: Mapping[str, Any] = next(iter(parcel.get("labels") or ()), {})
    link = str(label.get("tracking_url") or "")
    delivered, shipped = parcel.get("delivered_at"), parcel.get("shipped_at")
    state = ShopOrderState.DELIVERED if delivered else ShopOrderState.SHIPPED if shipped else ShopOrderState.PACKING
    return Shipment(
        shipment_id=str(parcel["id"]),
        tracking_number=str(label.get("tracking_number") or ""),
        tracking_url=link if link.startswith("https://") else "",
        state=ShopOrderState.CANCELLED if parcel.get("canceled_at") else state,
        shipped_at=_time(shipped) if shipped else None,
        delivered_at=_time(delivered) if delivered else None,
    )


def _items(request: ChangeRequest, order: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted = {line.variant_id: line.quantity for line in request.lines}
    items = []
    for item in order["items"]:
        name = str(item.get("variant_sku") or item.get("variant_id") or "")
        quantity = min(int(item["quantity"]), wanted.get(name, 0)) if wanted else int(item["quantity"])
        if quantity:
            items.append({"id": item["id"], "quantity": quantity})
    return items


def _message(body: object) -> str:
    return str(body.get("message") or "")[:500] if isinstance(body, dict) else ""


def _cents(amount: object, currency: str) -> int:
    return cents(str(amount), currency, column="amount", machine=True)


def _time(text: object) -> datetime:
    return datetime.fromisoformat(str(text).replace("Z", "+00:00"))
