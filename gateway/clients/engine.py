"""What the gateway asks of the promo engine: `tests/contract/engine.json`."""

from __future__ import annotations

from typing import Any

import aiohttp
from yarl import URL

from gateway.errors import Forbidden, GatewayError, InvalidRequest, NotFound, Unavailable


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

    async def report_exposure(self, *, decision_id: str, conversation_id: str) -> None:
        """Tell the engine that an offer was shown; repeating it changes nothing."""
        url = self._url / "v1/decisions" / decision_id / "exposure"
        await self._ask("POST", url, json={"conversation_id": conversation_id})

    async def check(self) -> None:
        """Raises Unavailable unless the engine is ready."""
        await self._ask("GET", self._url / "ready")

    async def _ask(self, method: str, url: URL, *, json: Any = None) -> dict[str, Any]:
        try:
            async with self._http.request(method, url, json=json, timeout=self._timeout) as response:
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
    kind = {403: Forbidden, 404: NotFound}.get(status, InvalidRequest)
    return kind(str(body.get("code")), str(body.get("message")), field=body.get("field"))
