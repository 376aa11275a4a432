"""A shopper's side of the engine, beside a shop whose checkout is its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from promo_engine.api.http.keys import HOSTED_CODE_SENDER
from promo_engine.services.checkout.code_service import CodeService
from promo_engine.services.connections.source_service import SourceService
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.connected_shops import Answer, ConnectedShops
from tests.support.hosted_checkout import HostedShop
from tests.support.small_shop import NOW

STARTS, ENDS = (NOW - timedelta(days=1)).isoformat(), (NOW + timedelta(days=30)).isoformat()
OFFER: dict[str, Any] = {
    "offer_id": "ten",
    "promotion_id": "winter",
    "title": "10 % off everything",
    "terms": "Once per customer.",
    "benefit": {"kind": "percentage", "percent_basis_points": 1000},
    "unit_cost_cents": 300,
    "eligibility": {"min_basket_cents": 2000},
    "starts_at": STARTS,
    "ends_at": ENDS,
    "limits": {"budget_cents": 2000},
}
CONTEXT = {"trigger": "asked_for_offers", "turn_count": 1}


@dataclass
class Chat:
    """A shopper's side of the engine, beside the shop's."""

    shops: ConnectedShops
    shop: HostedShop

    async def make_offer(self, **changes: Any) -> Answer:
        """Make an offer, and publish it if it could be made."""
        made = await self.shops.ask("POST", "/v1/offers", OFFER | changes)
        if made.status == 200:
            path = f"/v1/offers/{made.body['offer_id']}/transitions"
            moved = await self.shops.ask("POST", path, {"transition": "schedule"}, If_Match='"1"')
            assert moved.status == 200, moved.body
        return made

    async def decide(self, conversation_id: str = "c-1", customer_id: str | None = "anna") -> Answer:
        """Ask for an offer."""
        body = {
            "conversation_id": conversation_id,
            "request_id": "m-1",
            "customer_id": customer_id,
            "conversation_context": CONTEXT,
            "explain": True,
        }
        return await self.shops.ask("POST", "/v1/decisions", body)

    async def accept(self, decision_id: str, conversation_id: str = "c-1") -> Answer:
        """Say yes."""
        body = {"conversation_id": conversation_id, "outcome": "accepted"}
        return await self.shops.ask("POST", f"/v1/decisions/{decision_id}/outcome", body)

    async def code(self, conversation_id: str = "c-1", customer_id: str | None = "anna") -> str:
        """Get a code that works."""
        decided = await self.decide(conversation_id, customer_id)
        assert decided.body["offer"] is not None, decided.body
        accepted = await self.accept(decided.body["decision_id"], conversation_id)
        assert (accepted.status, accepted.body["code_state"]) == (200, "ready"), accepted.body
        return str(accepted.body["code"])

    async def news(self) -> list[dict[str, str]]:
        """Claim what is to be told of codes."""
        answer = await self.shops.ask("POST", "/v1/code-news")
        assert answer.status == 200, answer.body
        news: list[dict[str, str]] = answer.body["news"]
        return news

    async def send_due(self) -> None:
        """Let the queue be worked off, as far as it is due."""
        await self.shops.engine[HOSTED_CODE_SENDER].send_due()

    async def later(self, by: timedelta) -> None:
        """Let time pass, and the queue be worked off."""
        self.shops.clock.advance(by)
        await self.send_due()

    async def order(self, topic: str, code: str, **changes: Any) -> None:
        """Let Shopify report an order."""
        assert (await self.shops.shopify(topic, shopify_order(code, **changes))).status == 200
        await self.shops.work()

    @property
    def sources(self) -> SourceService:
        """Who changes what is known of the shop."""
        return SourceService(SqlStorage(self.shops.database), clock=self.shops.clock)

    async def expire(self) -> None:
        """Let codes expire whose time is over."""
        await CodeService(SqlStorage(self.shops.database), clock=self.shops.clock).tidy()

    async def import_pool(self, *codes: str) -> None:
        """Bring codes of the shop's own."""
        await CodeService(SqlStorage(self.shops.database), clock=self.shops.clock).import_pool("ten", codes)

    async def account(self) -> tuple[int, int, int, int]:
        """Reserved uses and cents, spent uses and cents of the offer."""
        (row,) = await self.shops.rows("budget_accounts", kind="offer", owner_id="ten")
        return row["reserved_uses"], row["reserved_cents"], row["spent_uses"], row["spent_cents"]

    async def state(self, table: str = "codes") -> str:
        """Of the one code."""
        (row,) = await self.shops.rows(table)
        return str(row["state"])


def shopify_order(code: str, **changes: Any) -> dict[str, Any]:
    """An order of Shopify that used a code."""
    return {
        "id": 7001,
        "name": "#1001",
        "email": "anna@example.com",
        "created_at": "2026-11-22T11:00:00+00:00",
        "updated_at": "2026-11-22T11:00:00+00:00",
        "currency": "EUR",
        "total_price": "36.00",
        "subtotal_price": "36.00",
        "total_discounts": "4.00",
        "financial_status": "paid",
        "discount_codes": [{"code": code, "amount": "4.00", "type": "percentage"}],
        "line_items": [{"id": 1, "name": "Mug", "quantity": 2, "price": "20.00", "sku": "MUG"}],
    } | changes


CANCELLED = {"cancelled_at": "2026-11-24T10:00:00+00:00", "updated_at": "2026-11-24T10:00:00+00:00"}
GIFT = {"kind": "gift", "product_id": "mug", "value_cents": 500}
CATALOGUE = {
    "products": [
        {
            "product_id": name,
            "title": name,
            "brand": {"mug": "Tarn", "jug": "Tarn"}.get(name, "Beck"),
            "external_id": number,
            "variants": [{"variant_id": f"{name}-1", "prices": [{"currency": "EUR", "list_cents": 2000}]}],
        }
        for name, number in (("mug", "632910392"), ("jug", "632910393"), ("cup", ""))
    ]
}


async def store_catalogue(chat: Chat) -> None:
    """Let the shop tell of two products; of one its own number is not known."""
    answer = await chat.shops.write("POST", "/catalogue", CATALOGUE, token=chat.shops.tokens["berlin"])
    assert {result["result"] for result in answer.body["results"]} == {"stored"}, answer.body
