"""Medusa's Admin API (version 2), with a secret API key.

https://docs.medusajs.com/api/admin: `POST /admin/orders/{id}/cancel`; a return is begun, gets its items, and is then
requested. A return that an earlier attempt began is gone on with.
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
from promo_engine.shops.medusa.medusa_json import order_of

_FIELDS = "fields=*items,*shipping_address,*fulfillments,*fulfillments.labels,*returns,*promotions"


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
        if request.kind not in (ChangeKind.CANCEL, ChangeKind.RETURN):
            return ShopAnswer(ChangeState.REFUSED, reason=BY_A_PERSON)
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
