"""Codes at a shop whose checkout is its own: accepted here, made at the shop, used in its order, redeemed here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.api.http.keys import HOSTED_CODE_SENDER
from promo_engine.domain.connections.shop_sources import SourceKind
from promo_engine.services.checkout import hosted_code_sender, hosted_code_service
from tests.support.connected_shops import DOMAIN, Answer, ConnectedShops, connected_shops
from tests.support.fakes import Clock
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

    async def send_due(self) -> None:
        """Let the queue be worked off, as far as it is due."""
        await self.shops.engine[HOSTED_CODE_SENDER].send_due()

    async def account(self) -> tuple[int, int, int, int]:
        """Reserved uses and cents, spent uses and cents of the offer."""
        (row,) = await self.shops.rows("budget_accounts", kind="offer", owner_id="ten")
        return row["reserved_uses"], row["reserved_cents"], row["spent_uses"], row["spent_cents"]

    async def state(self, table: str = "codes") -> str:
        """Of the one code."""
        (row,) = await self.shops.rows(table)
        return str(row["state"])


@pytest.fixture
async def hosted_shop() -> AsyncIterator[HostedShop]:
    shop = HostedShop()
    await shop.server.start_server()
    yield shop
    shop.wake()
    await shop.server.close()


@pytest.fixture
def served(
    database_url: str, database: AsyncEngine, tmp_path: Path, clock: Clock
) -> tuple[str, AsyncEngine, Path, Clock]:
    """What engine and gateway are started on."""
    return database_url, database, tmp_path, clock


@pytest.fixture
async def chat(
    served: tuple[str, AsyncEngine, Path, Clock], hosted_shop: HostedShop, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Chat]:
    """A running engine and gateway; codes are made at the Shopify source `berlin`.

    A test waits for the shop as long as it takes, unless it says otherwise; `send_due` alone works the queue off.
    """
    monkeypatch.setattr(hosted_code_service, "WAIT_S", 60.0)
    monkeypatch.setattr(hosted_code_sender, "LOOK_EVERY_S", 3600.0)
    async with connected_shops(*served) as running:
        await running.connect(
            "berlin",
            SourceKind.SHOPIFY,
            shop_domain=DOMAIN,
            base_url=hosted_shop.url,
            access_token="shh",
            hosted_codes=True,
        )
        promotion = {"promotion_id": "winter", "name": "Winter", "starts_at": STARTS, "ends_at": ENDS}
        assert (await running.ask("POST", "/v1/promotions", promotion)).status == 200
        moved = await running.ask(
            "POST", "/v1/promotions/winter/transitions", {"transition": "schedule"}, If_Match='"1"'
        )
        assert moved.status == 200, moved.body
        yield Chat(running, hosted_shop)


def order(code: str, **changes: Any) -> dict[str, Any]:
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


async def test_a_code_is_made_at_the_shop_used_there_and_redeemed_here(chat: Chat) -> None:
    assert (await chat.make_offer()).status == 200
    code = await chat.code()
    assert chat.shop.discounts[code] == {
        "number": 1,
        "active": True,
        "title": chat.shop.discounts[code]["title"],
        "code": code,
        "startsAt": "2026-11-21T10:00:00Z",
        "endsAt": "2026-12-06T10:00:00Z",
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "customerSelection": {"all": True},
        "customerGets": {"value": {"percentage": 0.1}, "items": {"all": True}},
        "combinesWith": {"orderDiscounts": False, "productDiscounts": False, "shippingDiscounts": True},
        "minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": "20.00"}},
    }
    assert await chat.account() == (1, 300, 0, 0)
    assert (await chat.shops.shopify("orders/paid", order(code))).status == 200
    await chat.shops.work()
    assert (await chat.state(), await chat.account()) == ("redeemed", (0, 0, 1, 400))
    (redemption,) = await chat.shops.rows("redemptions")
    read = await chat.shops.ask("GET", f"/v1/redemptions/{redemption['redemption_id']}")
    assert (read.status, read.body["state"], read.body["order_id"]) == (200, "redeemed", "7001")
    assert read.body["quote"]["applied"][0] == {
        "offer_id": "ten",
        "code": code,
        "discount_cents": 400,
        "points": 0,
        "credit_cents": 0,
        "gift_product_id": None,
        "gift_quantity": 0,
    }
