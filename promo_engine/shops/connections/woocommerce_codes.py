"""Codes at WooCommerce's checkout: coupons of its REST API.

https://woocommerce.github.io/woocommerce-rest-api-docs/#coupons: `POST /coupons`, `GET /coupons?code=…`,
`DELETE /coupons/<id>`. WooCommerce keeps codes in lower case and takes them in any.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any
from urllib.parse import quote

from promo_engine.domain.codes.hosted_checkout import HostedDiscount
from promo_engine.ports.shop.shop_access import CodeRefusedError, ShopUnreachableError
from promo_engine.shops.connections.shop_http import ShopHttp, ShopReply, needed

_EXISTS = "woocommerce_rest_coupon_code_already_exists"
_REFUSING = (400, 422)


class WooCommerceCodes:
    """`ports.shop.shop_access.HostedCodes` at WooCommerce."""

    def __init__(self, http: ShopHttp, *, base_url: str, key: str, secret: str) -> None:
        self._http = http
        self._url = f"{base_url.rstrip('/')}/wp-json/wc/v3/coupons"
        self._auth = (key, secret)

    async def create(self, discount: HostedDiscount) -> str:
        """Make a coupon; where an earlier attempt of ours made it, that one counts."""
        reply = await self._http.send("POST", self._url, auth=self._auth, json=_coupon(discount))
        if reply.status not in _REFUSING:
            return str(needed(reply, "POST coupon")["id"])
        if not _says(reply, _EXISTS):
            raise CodeRefusedError(_message(reply))
        found = await self._find(discount.code)
        if found is None:
            raise ShopUnreachableError("the shop says that the code is taken, and does not find it")
        if found.get("description") != discount.title:
            raise CodeRefusedError("another coupon of the shop has this code")
        return str(found["id"])

    async def withdraw(self, code: str, *, reference: str) -> None:
        """Delete a coupon; orders that used it keep what they say."""
        if not reference:
            found = await self._find(code)
            if found is None:
                return
            reference = str(found["id"])
        url = f"{self._url}/{quote(reference, safe='')}?force=true"
        reply = await self._http.send("DELETE", url, auth=self._auth)
        # 410: it lies in the bin already.
        if reply.status not in (404, 410):
            needed(reply, "DELETE coupon")

    async def _find(self, code: str) -> Any:
        reply = await self._http.send("GET", f"{self._url}?code={quote(code.lower(), safe='')}", auth=self._auth)
        found = needed(reply, "GET coupons")
        return next((coupon for coupon in found if str(coupon.get("code", "")).lower() == code.lower()), None)


def _coupon(discount: HostedDiscount) -> dict[str, Any]:
    if discount.percent_basis_points:
        kind, amount = "percent", f"{discount.percent_basis_points / 100:.2f}"
    else:
        kind, amount = "fixed_cart", discount.currency.decimal(discount.amount_cents)
    content: dict[str, Any] = {
        "code": discount.code,
        "description": discount.title,
        "discount_type": kind,
        "amount": amount,
        "date_expires_gmt": discount.ends_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "usage_limit": 1,
        "usage_limit_per_user": 1,
        "individual_use": True,
    }
    if discount.product_numbers:
        content["product_ids"] = [int(number) for number in discount.product_numbers]
    if discount.min_subtotal_cents:
        content["minimum_amount"] = discount.currency.decimal(discount.min_subtotal_cents)
    return content


def _says(reply: ShopReply, code: str) -> bool:
    return isinstance(reply.body, dict) and reply.body.get("code") == code


def _message(reply: ShopReply) -> str:
    said = reply.body.get("message") if isinstance(reply.body, dict) else None
    return str(said or f"status {reply.status}")[:500]
