"""Stand-ins, on loopback, for shops with a checkout of their own.

They keep discounts as Shopify and WooCommerce document it, and can be down, slow, or lose an answer after they did what
was asked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


class Mood(Enum):
    """How the shop answers."""

    WELL = auto()
    DOWN = auto()
    """503, and nothing done."""
    HANGING = auto()
    """Nothing done, and no answer until `wake`."""
    LOSING = auto()
    """Done, but the answer is lost until `wake`."""
    THROTTLED = auto()
    """Shopify: 200 with an error, and nothing done."""


@dataclass
class HostedShop:
    """Both interfaces over one set of discounts, by code in the shop's own spelling."""

    discounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    mood: Mood = Mood.WELL
    requests: list[tuple[str, Any]] = field(default_factory=list)
    """What was asked for, with its body."""
    refusal: str = ""
    """Said to every creation."""
    _numbers: int = 0

    def __post_init__(self) -> None:
        self._awake = asyncio.Event()
        app = web.Application()
        app.router.add_post("/admin/api/{version}/graphql.json", self._graphql)
        app.router.add_post("/wp-json/wc/v3/coupons", self._new_coupon)
        app.router.add_get("/wp-json/wc/v3/coupons", self._coupons)
        app.router.add_delete("/wp-json/wc/v3/coupons/{number}", self._delete_coupon)
        self.server = TestServer(app, host="127.0.0.1")

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def wake(self) -> None:
        """Answer well from now on, also who waits."""
        self.mood = Mood.WELL
        self._awake.set()
        self._awake = asyncio.Event()

    def times(self, what: str) -> int:
        """How often something was asked for."""
        return sum(name == what for name, _ in self.requests)

    def add(self, code: str, **more: Any) -> None:
        """Add a discount that a person made."""
        self._numbers += 1
        self.discounts[code] = {"number": self._numbers, "title": "by hand", "active": True, **more}

    async def _graphql(self, request: web.Request) -> web.Response:
        assert request.headers["X-Shopify-Access-Token"] == "shh"
        body = await request.json()
        query, given = body["query"], body["variables"]
        name = next(
            name
            for name in ("discountCodeBasicCreate", "codeDiscountNodeByCode", "discountCodeDeactivate")
            if name in query
        )
        self.requests.append((name, given))
        if (early := await self._early()) is not None:
            return early
        answer = {
            "discountCodeBasicCreate": self._create,
            "codeDiscountNodeByCode": self._find,
            "discountCodeDeactivate": self._deactivate,
        }[name](given)
        await self._lose()
        return web.json_response({"data": {name: answer}})

    async def _early(self) -> web.Response | None:
        mood, awake = self.mood, self._awake
        if mood is Mood.DOWN:
            return web.Response(status=503)
        if mood is Mood.THROTTLED:
            errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
            return web.json_response({"errors": errors})
        if mood is Mood.HANGING:
            await awake.wait()
            return web.Response(status=503)
        return None

    async def _lose(self) -> None:
        if self.mood is Mood.LOSING:
            await self._awake.wait()

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        wanted = given["discount"]
        if self.refusal:
            return _errors("INVALID", self.refusal)
        if any(code.upper() == wanted["code"].upper() for code in self.discounts):
            return _errors("TAKEN", "Code must be unique. Please try a different code.")
        self._numbers += 1
        self.discounts[wanted["code"]] = {"number": self._numbers, "title": wanted["title"], "active": True, **wanted}
        return {"codeDiscountNode": {"id": _node(self._numbers)}, "userErrors": []}

    def _find(self, given: dict[str, Any]) -> dict[str, Any] | None:
        found = self.discounts.get(given["code"])
        if found is None:
            return None
        return {"id": _node(found["number"]), "codeDiscount": {"title": found["title"]}}

    def _deactivate(self, given: dict[str, Any]) -> dict[str, Any]:
        for discount in self.discounts.values():
            if _node(discount["number"]) == given["id"]:
                discount["active"] = False
                return {"codeDiscountNode": {"id": given["id"]}, "userErrors": []}
        return _errors("INVALID", "Code discount does not exist.")

    async def _new_coupon(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"].startswith("Basic ")
        wanted = await request.json()
        self.requests.append(("POST coupon", wanted))
        if (early := await self._early()) is not None:
            return early
        code = wanted["code"].lower()
        if self.refusal:
            return web.json_response({"code": "woocommerce_rest_invalid", "message": self.refusal}, status=400)
        if code in self.discounts:
            problem = {
                "code": "woocommerce_rest_coupon_code_already_exists",
                "message": "The coupon code already exists",
                "data": {"status": 400},
            }
            return web.json_response(problem, status=400)
        self._numbers += 1
        self.discounts[code] = {**wanted, "number": self._numbers, "active": True, "code": code}
        await self._lose()
        return web.json_response({"id": self._numbers, **wanted, "code": code}, status=201)

    async def _coupons(self, request: web.Request) -> web.Response:
        code = request.query["code"]
        self.requests.append(("GET coupons", code))
        if (early := await self._early()) is not None:
            return early
        found = self.discounts.get(code.lower())
        return web.json_response([] if found is None else [{"id": found["number"], **found}])

    async def _delete_coupon(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        self.requests.append(("DELETE coupon", number))
        if (early := await self._early()) is not None:
            return early
        code = next((code for code, discount in self.discounts.items() if discount["number"] == number), None)
        if code is None:
            return web.json_response({"code": "woocommerce_rest_shop_coupon_invalid_id"}, status=404)
        return web.json_response(self.discounts.pop(code))


def _node(number: int) -> str:
    return f"gid://shopify/DiscountCodeNode/{number}"


def _errors(code: str, message: str) -> dict[str, Any]:
    field = ["basicCodeDiscount", "code"]
    return {"codeDiscountNode": None, "userErrors": [{"field": field, "code": code, "message": message}]}
