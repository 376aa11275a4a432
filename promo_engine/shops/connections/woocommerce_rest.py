"""WooCommerce's REST API: an order's status is set, and a note says why.

https://woocommerce.github.io/woocommerce-rest-api-docs/: `PUT /orders/<id>`, `POST /orders/<id>/notes`. WooCommerce
knows no returns and no change of address, payment or items by the customer: these are a note to the shop's people.
"""

from __future__ import annotations

from urllib.parse import quote

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.customers.change_requests import ChangeKind, ChangeRequest, ChangeState, ShopAnswer
from promo_engine.domain.customers.order_report import StoredOrder
from promo_engine.domain.customers.shop_orders import ShopOrder, number_key
from promo_engine.ports.shop.shop_access import ShopUnreachableError
from promo_engine.shops.connections.shop_http import ShopHttp, needed
from promo_engine.shops.woocommerce.woocommerce_json import order_of

_STILL_CANCELLED = {"pending", "on-hold", "processing"}
_NOTES = {
    ChangeKind.RETURN: "The customer asks in the chat to return this order.",
    ChangeKind.ADDRESS: "The customer asks in the chat to send this order to another address:",
    ChangeKind.PAYMENT: "The customer asks in the chat to pay this order otherwise:",
    ChangeKind.ITEMS: "The customer asks in the chat for other options:",
    ChangeKind.EXCHANGE: "The customer asks in the chat to exchange:",
    ChangeKind.ACCOUNT_ADDRESS: "The customer asks in the chat for another address in their account:",
    ChangeKind.CANCEL: "Cancelled: the customer asked for it in the chat.",
}


class WooCommerceRest:
    """One shop's REST API, with a consumer key and its secret."""

    def __init__(
        self, http: ShopHttp, *, base_url: str, key: str, secret: str, source_id: str, tracking_field: str
    ) -> None:
        self._http = http
        self._source_id = source_id
        self._tracking_field = tracking_field
        self._api = f"{base_url.rstrip('/')}/wp-json/wc/v3"
        self._auth = (key, secret)

    async def with_number(self, number: str) -> list[ShopOrder]:
        """Return the orders with this number. Raises ShopUnreachableError."""
        url = f"{self._api}/orders?per_page=20&search={quote(number_key(number), safe='')}"
        body = needed(await self._http.send("GET", url, auth=self._auth), "GET orders")
        try:
            orders = [order_of(order, source_id=self._source_id, tracking_field=self._tracking_field) for order in body]
        except (KeyError, TypeError, ValueError, AttributeError, ShopItemError) as error:
            raise ShopUnreachableError(f"GET orders: the reply cannot be read: {error}") from error
        return [order for order in orders if number_key(order.number) == number_key(number)]

    async def send(self, request: ChangeRequest, stored: StoredOrder) -> ShopAnswer:
        """Ask for a change. Raises ShopUnreachableError."""
        url = f"{self._api}/orders/{quote(stored.order.order_id, safe='')}"
        order = needed(await self._http.send("GET", url, auth=self._auth), "GET order")
        if request.kind is ChangeKind.CANCEL:
            return await self._cancel(request, url, str(order["status"]))
        return await self._note(request, url)

    async def _cancel(self, request: ChangeRequest, url: str, status: str) -> ShopAnswer:
        if status == "cancelled":
            return ShopAnswer(ChangeState.CONFIRMED)
        if status not in _STILL_CANCELLED:
            return ShopAnswer(ChangeState.REFUSED, reason="The order is completed already.")
        changed = await self._http.send("PUT", url, auth=self._auth, json={"status": "cancelled"})
        if needed(changed, "PUT order")["status"] != "cancelled":
            return ShopAnswer(ChangeState.SENT)
        await self._note(request, url)
        return ShopAnswer(ChangeState.CONFIRMED)

    async def _note(self, request: ChangeRequest, url: str) -> ShopAnswer:
        """Leave a note, once: an earlier attempt's is recognised by the request's id."""
        notes = needed(await self._http.send("GET", f"{url}/notes", auth=self._auth), "GET notes")
        mark = f"[{request.change_request_id}]"
        earlier = next((note for note in notes if mark in str(note.get("note"))), None)
        if earlier is None:
            lines = ", ".join(
                f"{line.quantity} x {line.variant_id}" + (f" for {line.new_variant_id}" if line.new_variant_id else "")
                for line in request.lines
            )
            parts = (_NOTES[request.kind], lines, request.details, request.payment, request.reason, mark)
            # A customer's note is mailed to the customer; what is wanted of the shop is not.
            content = {"note": " ".join(filter(None, parts)), "customer_note": request.kind is ChangeKind.CANCEL}
            made = await self._http.send("POST", f"{url}/notes", auth=self._auth, json=content)
            earlier = needed(made, "POST note")
        return ShopAnswer(ChangeState.SENT, reference=str(earlier.get("id", ""))[:128])
