"""What the gateway asks of the promo engine: `tests/contract/engine.json`."""

from __future__ import annotations

from typing import Any

import aiohttp
from yarl import URL

from gateway.errors import Conflict, Forbidden, GatewayError, InvalidRequest, NotFound, Unavailable

PAGE = 200
"""Rows a page of the engine's lists."""


class EngineClient:
    """Raises Unavailable (`engine_unavailable`) for a timeout, a broken connection and every 5xx."""

    def __init__(self, http: aiohttp.ClientSession, *, engine_url: str, timeout_s: float) -> None:
        self._http = http
        self._url = URL(engine_url)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def customers(self, *, limit: int) -> list[dict[str, Any]]:
        """Customers one may try the demo as, those with the most baskets first."""
        body = await self._ask("GET", (self._url / "v1/customers").with_query(limit=limit))
        customers: list[dict[str, Any]] = body["customers"]
        return customers

    async def require_customer(self, customer_id: str) -> None:
        """Raises NotFound (`unknown_customer`) if the engine does not know the customer."""
        await self._ask("GET", (self._url / "v1/customers" / customer_id / "orders").with_query(limit=1))

    async def products(self, *, limit: int, per_category: int) -> dict[str, Any]:
        """What sells best, with its price."""
        return await self._ask("GET", (self._url / "v1/products").with_query(limit=limit, per_category=per_category))

    async def quote(self, basket: dict[str, Any]) -> dict[str, Any]:
        """What a basket costs with its codes."""
        return await self._ask("POST", self._url / "v1/baskets/quote", json=basket)

    async def redeem(self, basket: dict[str, Any], *, order_id: str) -> dict[str, Any]:
        """Use a basket's codes for an order. Raises Conflict if one cannot be used."""
        return await self._ask("POST", self._url / "v1/redemptions", json={**basket, "order_id": order_id})

    async def report_exposure(self, *, decision_id: str, conversation_id: str) -> None:
        """Tell the engine that an offer was shown; repeating it changes nothing."""
        url = self._url / "v1/decisions" / decision_id / "exposure"
        await self._ask("POST", url, json={"conversation_id": conversation_id})

    async def decision(self, decision_id: str) -> dict[str, Any]:
        """Everything that was stored of a decision. Raises NotFound (`unknown_decision`)."""
        return await self._ask("GET", self._url / "v1/decisions" / decision_id)

    async def policy(self) -> dict[str, Any]:
        """The policy in force."""
        return await self._ask("GET", self._url / "v1/policy")

    async def promotions_with_offers(self, *, days: int) -> dict[str, Any]:
        """Every promotion with its offers, each with what came of it in the last `days` days."""
        results = await self._ask("GET", (self._url / "v1/offer-results").with_query(days=days))
        of_offer = {one["offer_id"]: one for one in results["results"]}
        promotions = await self._pages(self._url / "v1/promotions", "promotions")
        for promotion in promotions:
            path = self._url / "v1/promotions" / promotion["promotion_id"] / "offers"
            promotion["offers"] = await self._pages(path, "offers")
            for offer in promotion["offers"]:
                offer["results"] = of_offer.get(offer["offer_id"])
        return {"promotions": promotions, "days": days}

    async def _pages(self, url: URL, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            body = await self._ask("GET", url.with_query(after=after, limit=PAGE))
            found += body[name]
            if body["next"] is None:
                return found
            after = body["next"]

    async def move_offer(self, offer_id: str, *, transition: str, version: int, actor: str) -> dict[str, Any]:
        """Pause, resume or schedule an offer. Raises Conflict if it is another version by now."""
        url = self._url / "v1/offers" / offer_id / "transitions"
        headers = {"If-Match": f'"{version}"', "X-Actor": actor}
        return await self._ask("POST", url, json={"transition": transition}, headers=headers)

    async def check(self) -> None:
        """Raises Unavailable unless the engine is ready."""
        await self._ask("GET", self._url / "ready")

    async def _ask(
        self, method: str, url: URL, *, json: Any = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            async with self._http.request(method, url, json=json, headers=headers, timeout=self._timeout) as response:
                if response.status >= 500:
                    raise Unavailable("engine_unavailable", f"The promo engine answered {response.status}.")
                body = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unavailable("engine_unavailable", "The promo engine does not answer.") from error
        if not isinstance(body, dict):
            raise Unavailable("engine_unavailable", "The promo engine's answer is not an object.")
        if response.status >= 400:
            raise _refusal(response.status, body)
        return body


def _refusal(status: int, body: dict[str, Any]) -> GatewayError:
    kind = {403: Forbidden, 404: NotFound, 409: Conflict, 412: Conflict}.get(status, InvalidRequest)
    return kind(str(body.get("code")), str(body.get("message")), field=body.get("field"))
