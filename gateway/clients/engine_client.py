"""What the gateway asks of the promo engine: `tests/contract/engine.json`."""

from __future__ import annotations

from typing import Any

import aiohttp
from yarl import URL

from common.errors import Conflict, Forbidden, InvalidRequest, NotFound, ServiceError, Unavailable

CHECKOUT_PATIENCE = aiohttp.ClientTimeout(total=10)
"""For prices and purchases: at the checkout a longer wait is better than a failure."""
PAGE = 200
"""Rows a page of the engine's lists."""
# No shopper waits for these: reports add up many decisions, and the gate asks a candidate about each of them again.
_SLOW = aiohttp.ClientTimeout(total=20)
_GATE = aiohttp.ClientTimeout(total=120)


class EngineClient:
    """Raises Unavailable (`engine_unavailable`) for a timeout, a broken connection and every 5xx."""

    def __init__(self, http: aiohttp.ClientSession, *, engine_url: str, timeout_s: float) -> None:
        self._http = http
        self._url = URL(engine_url)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def customers(self, *, limit: int) -> list[dict[str, Any]]:
        """Customers to try the demo as, those with the most baskets first."""
        body = await self._ask("GET", (self._url / "v1/customers").with_query(limit=limit))
        customers: list[dict[str, Any]] = body["customers"]
        return customers

    async def require_customer(self, customer_id: str) -> None:
        """Raises NotFound (`unknown_customer`) if the engine does not know the customer."""
        await self._ask("GET", (self._url / "v1/customers" / customer_id / "orders").with_query(limit=1))

    async def products(self, *, limit: int, per_category: int, currency: str | None = None) -> dict[str, Any]:
        """What sells best, with its price in the currency, by default the shop's."""
        url = (self._url / "v1/products").with_query(limit=limit, per_category=per_category, **_wanted(currency))
        return await self._ask("GET", url, patience=CHECKOUT_PATIENCE)

    async def product(self, product_id: str, *, currency: str | None = None) -> dict[str, Any]:
        """One product with its price. Raises NotFound (`unknown_product`)."""
        url = (self._url / "v1/products" / product_id).with_query(_wanted(currency))
        return await self._ask("GET", url, patience=CHECKOUT_PATIENCE)

    async def quote(self, basket: dict[str, Any]) -> dict[str, Any]:
        """What a basket costs with its codes."""
        return await self._ask("POST", self._url / "v1/baskets/quote", json=basket, patience=CHECKOUT_PATIENCE)

    async def redeem(self, basket: dict[str, Any], *, order_id: str) -> dict[str, Any]:
        """Use a basket's codes for an order. Raises Conflict if one cannot be used."""
        body = {**basket, "order_id": order_id}
        return await self._ask("POST", self._url / "v1/redemptions", json=body, patience=CHECKOUT_PATIENCE)

    async def report_exposure(self, *, decision_id: str, conversation_id: str) -> None:
        """Report that an offer was shown; a repetition changes nothing."""
        url = self._url / "v1/decisions" / decision_id / "exposure"
        await self._ask("POST", url, json={"conversation_id": conversation_id})

    async def claim_code_news(self) -> list[dict[str, Any]]:
        """Whom to tell that their code is there, or will never be; the same comes again until the bot has told it."""
        body = await self._ask("POST", self._url / "v1/code-news")
        news: list[dict[str, Any]] = body["news"]
        return news

    async def drop_code_news(self, decision_id: str) -> None:
        """Tell nobody of this decision's code any more."""
        await self._ask("POST", self._url / "v1/code-news" / decision_id / "dropped")

    async def report_turns(self, turns: list[dict[str, str | None]]) -> None:
        """Report the intents and sentiments of some turns."""
        await self._ask("POST", self._url / "v1/turns", json={"turns": turns})

    async def decision(self, decision_id: str) -> dict[str, Any]:
        """Everything that was stored of a decision. Raises NotFound (`unknown_decision`)."""
        return await self._ask("GET", self._url / "v1/decisions" / decision_id)

    async def explanation(self, decision_id: str) -> dict[str, Any]:
        """What moved a decision. Raises NotFound, and Conflict if it cannot be computed again."""
        return await self._ask("GET", self._url / "v1/decisions" / decision_id / "explanation", patience=_SLOW)

    async def policy(self) -> dict[str, Any]:
        """The policy in force."""
        return await self._ask("GET", self._url / "v1/policy")

    async def promotions_with_offers(self, *, days: int) -> dict[str, Any]:
        """Every promotion with its offers, each with what came of it in the last `days` days."""
        results = await self._ask("GET", (self._url / "v1/offer-results").with_query(days=days))
        of_offer = {row["offer_id"]: row for row in results["results"]}
        costs = await self.redemption_costs(days=days)
        promotions = await self._pages(self._url / "v1/promotions", "promotions")
        for promotion in promotions:
            path = self._url / "v1/promotions" / promotion["promotion_id"] / "offers"
            promotion["offers"] = await self._pages(path, "offers")
            for offer in promotion["offers"]:
                offer["results"] = of_offer.get(offer["offer_id"])
                offer["money"] = costs.get(offer["offer_id"])
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

    async def redemption_costs(self, *, days: int) -> dict[str, dict[str, Any]]:
        """What the redeemed codes of each offer cost in the last days, by offer_id."""
        body = await self._ask("GET", (self._url / "v1/redemption-costs").with_query(days=days))
        return {row["offer_id"]: row for row in body["offers"]}

    async def promotion(self, promotion_id: str) -> dict[str, Any]:
        """A promotion with its budget's state and its spending by day. Raises NotFound."""
        url = self._url / "v1/promotions" / promotion_id
        promotion = await self._ask("GET", url)
        return promotion | {"spending": (await self._ask("GET", url / "spending"))["spending"]}

    async def change(
        self, method: str, path: str, *, body: Any, actor: str, version: int | None = None
    ) -> dict[str, Any]:
        """Make or change a promotion or an offer; `path` follows /v1/. Raises what the engine refuses it for."""
        headers = {"X-Actor": actor} | ({} if version is None else {"If-Match": f'"{version}"'})
        return await self._ask(method, self._url / "v1" / path, json=body, headers=headers)

    async def report(self, *, days: int, outcome_days: int) -> dict[str, Any]:
        """The funnel, the uplift, the policy's branches and alarms of the last days."""
        url = (self._url / "v1/report").with_query(days=days, outcome_days=outcome_days)
        return await self._ask("GET", url, patience=_SLOW)

    async def decision_notes(self, *, after: str) -> dict[str, Any]:
        """A page of decisions after one of them, with their policy's version."""
        return await self._ask("GET", (self._url / "v1/decision-notes").with_query(after=after), patience=_SLOW)

    async def redemption_notes(self, *, since: str) -> dict[str, Any]:
        """A page of redemptions from a time on."""
        return await self._ask("GET", (self._url / "v1/redemption-notes").with_query(since=since), patience=_SLOW)

    async def policies(self) -> dict[str, Any]:
        """Versions of the policy and what was done to them."""
        return await self._ask("GET", self._url / "v1/policies")

    async def verdict(self, version: int) -> dict[str, Any]:
        """What the gate says of a candidate. Raises NotFound and Conflict."""
        return await self._ask("GET", self._url / "v1/policies" / str(version) / "verdict", patience=_GATE)

    async def promote(self, version: int, *, actor: str) -> dict[str, Any]:
        """Bring a candidate into force if it passes the gate. Raises NotFound and Conflict."""
        url = self._url / "v1/policies" / str(version) / "promotion"
        return await self._ask("POST", url, headers={"X-Actor": actor}, patience=_GATE)

    async def roll_back(self, *, to: int | None, set_aside: bool, actor: str) -> dict[str, Any]:
        """Bring an earlier version into force. Raises NotFound and Conflict."""
        body = {"to": to, "set_aside": set_aside}
        return await self._ask("POST", self._url / "v1/policy-rollbacks", json=body, headers={"X-Actor": actor})

    async def user_models(self) -> dict[str, Any]:
        """Versions of the user model, and the one the engine runs with."""
        return await self._ask("GET", self._url / "v1/user-models")

    async def promote_user_model(self, model_version: str) -> dict[str, Any]:
        """Let a version serve: every customer's state is computed. Raises NotFound and Conflict."""
        url = self._url / "v1/user-models" / model_version / "promotion"
        return await self._ask("POST", url, patience=_GATE)

    async def roll_back_user_model(self, *, serving_version: str) -> dict[str, Any]:
        """Let the version serve that did before. Raises Conflict."""
        body = {"serving_version": serving_version}
        return await self._ask("POST", self._url / "v1/user-model-rollbacks", json=body, patience=_GATE)

    async def strategy(self, method: str, *path: str, body: Any = None, actor: str | None = None) -> dict[str, Any]:
        """A request under /v1/strategy; `path` holds its segments. Raises what the engine refuses it for."""
        url = self._url / "v1" / "strategy"
        for segment in path:
            url = url / segment
        headers = None if actor is None else {"X-Actor": actor}
        return await self._ask(method, url, json=body, headers=headers, patience=_SLOW)

    async def pass_on(self, method: str, path: str, *, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Send a shop's request as it came; status and body of the answer. `path` follows /v1/, as it was escaped.

        Raises Unavailable, then the shop sends it again.
        """
        url = URL(f"{str(self._url).rstrip('/')}/v1/{path}", encoded=True)
        try:
            async with self._http.request(
                method, url, data=body or None, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                if response.status >= 500:
                    raise Unavailable("engine_unavailable", f"The promo engine answered {response.status}.")
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("engine_unavailable", "The promo engine does not answer.") from error

    async def forget_customer(self, customer_id: str, *, actor: str) -> dict[str, Any]:
        """Have the engine forget a customer; one that it does not know is no error."""
        url = self._url / "v1/customers" / customer_id
        return await self._ask("DELETE", url, headers={"X-Actor": actor}, patience=_SLOW)

    async def privacy_requests(self) -> list[dict[str, Any]]:
        """Requests about privacy of which the gateway has not done its part."""
        body = await self._ask("GET", self._url / "v1/privacy-requests")
        requests: list[dict[str, Any]] = body["requests"]
        return requests

    async def finish_privacy_request(self, request_id: str, *, conversations: dict[str, Any] | None) -> None:
        """Report that the gateway's part is done, with what it found for an export."""
        url = self._url / "v1/privacy-requests" / request_id / "done"
        await self._ask("POST", url, json={"conversations": conversations}, patience=_SLOW)

    async def change_requests(self, query: dict[str, Any]) -> dict[str, Any]:
        """A page of the changes that customers asked for."""
        return await self._ask("GET", (self._url / "v1/change-requests").with_query(query))

    async def change_request(self, change_request_id: str) -> dict[str, Any]:
        """One change that a customer asked for, with its order. Raises NotFound."""
        return await self._ask("GET", self._url / "v1/change-requests" / change_request_id)

    async def answer_change(self, change_request_id: str, answer: dict[str, Any]) -> dict[str, Any]:
        """Record the shop's answer. Raises NotFound."""
        return await self._ask("POST", self._url / "v1/change-requests" / change_request_id / "answer", json=answer)

    async def retry_change(self, change_request_id: str) -> dict[str, Any]:
        """Send a failed request once more. Raises NotFound and Conflict."""
        return await self._ask("POST", self._url / "v1/change-requests" / change_request_id / "retry")

    async def dead_webhooks(self) -> dict[str, Any]:
        """Webhooks that were given up."""
        return await self._ask("GET", self._url / "v1/webhooks/dead")

    async def dead_webhook(self, number: str) -> dict[str, Any]:
        """One webhook that was given up, with its body. Raises NotFound."""
        return await self._ask("GET", self._url / "v1/webhooks/dead" / number)

    async def retry_webhooks(self) -> dict[str, Any]:
        """Let every webhook wait again that was given up."""
        return await self._ask("POST", self._url / "v1/webhooks/dead/retry")

    async def retry_webhook(self, number: str) -> dict[str, Any]:
        """Let a webhook wait again. Raises NotFound and Conflict."""
        return await self._ask("POST", self._url / "v1/webhooks/dead" / number / "retry")

    async def openapi(self) -> dict[str, Any]:
        """The engine's OpenAPI document."""
        return await self._ask("GET", self._url / "openapi.json")

    async def check(self) -> None:
        """Raises Unavailable unless the engine is ready."""
        await self._ask("GET", self._url / "ready")

    async def _ask(
        self,
        method: str,
        url: URL,
        *,
        json: Any = None,
        headers: dict[str, str] | None = None,
        patience: aiohttp.ClientTimeout | None = None,
    ) -> dict[str, Any]:
        try:
            async with self._http.request(
                method, url, json=json, headers=headers, timeout=patience or self._timeout
            ) as response:
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


def _wanted(currency: str | None) -> dict[str, str]:
    return {} if currency is None else {"currency": currency}


def _refusal(status: int, body: dict[str, Any]) -> ServiceError:
    kind = {403: Forbidden, 404: NotFound, 409: Conflict, 412: Conflict}.get(status, InvalidRequest)
    return kind(str(body.get("code")), str(body.get("message")), field=body.get("field"))
