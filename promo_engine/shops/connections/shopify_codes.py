"""Codes at Shopify's checkout: `discountCodeBasicCreate` and `discountCodeDeactivate` of the Admin GraphQL API.

https://shopify.dev/docs/api/admin-graphql: `DiscountCodeBasicInput`. A percentage is a share of 1, an amount a decimal
in the shop's currency. The app needs the scope `write_discounts`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from promo_engine.domain.codes.hosted_checkout import HostedDiscount
from promo_engine.domain.money import WHOLE
from promo_engine.ports.shop.shop_access import CodeRefusedError, ShopUnreachableError
from promo_engine.shops.connections.shopify_graphql import ShopifyGraphQl

_CREATE = """mutation ($discount: DiscountCodeBasicInput!) { discountCodeBasicCreate(basicCodeDiscount: $discount) {
  codeDiscountNode { id } userErrors { field code message } } }"""
_FIND = """query ($code: String!) { codeDiscountNodeByCode(code: $code) { id codeDiscount {
  ... on DiscountCodeBasic { title } } } }"""
_DEACTIVATE = """mutation ($id: ID!) { discountCodeDeactivate(id: $id) {
  codeDiscountNode { id } userErrors { field code message } } }"""
_TAKEN = "TAKEN"


class ShopifyCodes:
    """`ports.shop.shop_access.HostedCodes` at Shopify."""

    def __init__(self, shop: ShopifyGraphQl) -> None:
        self._shop = shop

    async def create(self, discount: HostedDiscount) -> str:
        """Make a code; where an earlier attempt of ours made it, that one counts."""
        made = (await self._shop.ask(_CREATE, {"discount": _input(discount)}))["discountCodeBasicCreate"]
        errors = made["userErrors"]
        if not errors:
            return str(made["codeDiscountNode"]["id"])
        if not any(error.get("code") == _TAKEN for error in errors):
            raise CodeRefusedError(str(errors[0]["message"])[:500])
        found = await self._find(discount.code)
        if found is None:
            raise ShopUnreachableError("the shop says that the code is taken, and does not find it")
        if (found["codeDiscount"] or {}).get("title") != discount.title:
            raise CodeRefusedError("another discount of the shop has this code")
        return str(found["id"])

    async def withdraw(self, code: str, *, reference: str) -> None:
        """Deactivate a code."""
        if not reference:
            found = await self._find(code)
            if found is None:
                return
            reference = str(found["id"])
        errors = (await self._shop.ask(_DEACTIVATE, {"id": reference}))["discountCodeDeactivate"]["userErrors"]
        # A person may have deleted it; what is not there cannot be used.
        if errors and await self._find(code) is not None:
            raise ShopUnreachableError(f"discountCodeDeactivate: {str(errors[0]['message'])[:300]}")

    async def _find(self, code: str) -> Any:
        return (await self._shop.ask(_FIND, {"code": code}))["codeDiscountNodeByCode"]


def _input(discount: HostedDiscount) -> dict[str, Any]:
    content: dict[str, Any] = {
        "title": discount.title,
        "code": discount.code,
        "startsAt": _time(discount.starts_at),
        "endsAt": _time(discount.ends_at),
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "context": {"all": "ALL"},
        "customerGets": {"value": _value(discount), "items": _items(discount)},
        "combinesWith": {"orderDiscounts": False, "productDiscounts": False, "shippingDiscounts": True},
    }
    if discount.min_subtotal_cents:
        least = discount.currency.decimal(discount.min_subtotal_cents)
        content["minimumRequirement"] = {"subtotal": {"greaterThanOrEqualToSubtotal": least}}
    return content


def _value(discount: HostedDiscount) -> dict[str, Any]:
    if discount.percent_basis_points:
        return {"percentage": discount.percent_basis_points / WHOLE}
    amount = discount.currency.decimal(discount.amount_cents)
    return {"discountAmount": {"amount": amount, "appliesOnEachItem": False}}


def _items(discount: HostedDiscount) -> dict[str, Any]:
    if not discount.product_numbers:
        return {"all": True}
    return {"products": {"productsToAdd": [f"gid://shopify/Product/{name}" for name in discount.product_numbers]}}


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
