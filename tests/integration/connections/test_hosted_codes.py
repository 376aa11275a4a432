"""Codes at a shop whose checkout is its own: accepted here, made at the shop, used in its order, redeemed here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.api.http.keys import HOSTED_CODE_SENDER
from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.connections.shop_sources import SourceKind
from promo_engine.domain.errors import Conflict
from promo_engine.services.checkout import hosted_code_sender, hosted_code_service
from promo_engine.services.checkout.code_service import CodeService
from promo_engine.services.connections.source_service import SourceService
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.connected_shops import DOMAIN, Answer, ConnectedShops, connected_shops
from tests.support.fakes import Clock
from tests.support.hosted_checkout import HostedShop, Mood
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

    async def later(self, by: timedelta) -> None:
        """Let time pass, and the queue be worked off."""
        self.shops.clock.advance(by)
        await self.send_due()

    async def order(self, topic: str, code: str, **changes: Any) -> None:
        """Let Shopify report an order."""
        assert (await self.shops.shopify(topic, order(code, **changes))).status == 200
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


@pytest.mark.parametrize("mood", [Mood.DOWN, Mood.THROTTLED, Mood.HANGING, Mood.LOSING])
async def test_a_code_is_not_given_before_the_shop_has_it(
    chat: Chat, mood: Mood, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mood in (Mood.HANGING, Mood.LOSING):
        monkeypatch.setattr(hosted_code_service, "WAIT_S", 0.0)
        monkeypatch.setattr(hosted_code_sender, "PATIENCE_S", 0.5)
    await chat.make_offer()
    decision_id = (await chat.decide()).body["decision_id"]
    chat.shop.mood = mood
    for _ in range(2):
        accepted = await chat.accept(decision_id)
        assert accepted.status == 200
        said = {name: accepted.body[name] for name in ("outcome", "code", "code_expires_at", "code_state")}
        assert said == {"outcome": "accepted", "code": None, "code_expires_at": None, "code_state": "pending"}
    assert await chat.account() == (1, 300, 0, 0), "held once, however often it is accepted"
    read = await chat.shops.ask("GET", f"/v1/decisions/{decision_id}")
    assert read.body["outcome"]["code"] is None, "nor does a person of the team read it"
    chat.shop.wake()
    await chat.later(timedelta(minutes=1))
    monkeypatch.setattr(hosted_code_service, "WAIT_S", 60.0)
    again = await chat.accept(decision_id)
    assert again.body["code_state"] == "ready"
    assert list(chat.shop.discounts) == [again.body["code"]], "one code, though it was asked for more than once"
    assert await chat.account() == (1, 300, 0, 0)


async def test_a_code_that_the_queue_makes_is_there_when_the_customer_asks_again(chat: Chat) -> None:
    await chat.make_offer()
    decision_id = (await chat.decide()).body["decision_id"]
    chat.shop.mood = Mood.DOWN
    assert (await chat.accept(decision_id)).body["code_state"] == "pending"
    chat.shop.wake()
    await chat.send_due()
    assert chat.shop.discounts == {}, "not before its pause is over"
    await chat.later(timedelta(seconds=5))
    assert await chat.state("hosted_codes") == "created"
    made = chat.shop.times("discountCodeBasicCreate")
    assert (await chat.accept(decision_id)).body["code"] in chat.shop.discounts
    assert chat.shop.times("discountCodeBasicCreate") == made


async def test_a_yes_that_comes_three_times_at_once_makes_one_code(chat: Chat) -> None:
    await chat.make_offer()
    decision_id = (await chat.decide()).body["decision_id"]
    answers = await asyncio.gather(*(chat.accept(decision_id) for _ in range(3)))
    assert {answer.body["code_state"] for answer in answers} == {"ready"}
    assert {answer.body["code"] for answer in answers} == set(chat.shop.discounts)
    assert (len(chat.shop.discounts), await chat.account()) == (1, (1, 300, 0, 0))


async def test_what_is_held_is_given_back_when_the_shop_cannot_be_asked_at_all(chat: Chat) -> None:
    await chat.make_offer()
    decision_id = (await chat.decide()).body["decision_id"]
    chat.shop.mood = Mood.DOWN
    await chat.accept(decision_id)
    for _ in range(9):
        assert (await chat.state("hosted_codes"), await chat.state()) == ("wanted", "reserved")
        await chat.later(timedelta(hours=1))
    assert (await chat.state("hosted_codes"), await chat.state()) == ("failed", "released")
    assert await chat.account() == (0, 0, 0, 0)
    chat.shop.wake()
    failed = await chat.accept(decision_id)
    assert (failed.body["code"], failed.body["code_state"]) == (None, "failed")
    assert chat.shop.discounts == {}


async def test_what_the_shop_refuses_is_not_asked_for_again(chat: Chat) -> None:
    chat.shop.refusal = "Discounts are switched off."
    await chat.make_offer()
    refused = await chat.accept((await chat.decide()).body["decision_id"])
    assert (refused.body["code"], refused.body["code_state"]) == (None, "failed")
    (row,) = await chat.shops.rows("hosted_codes")
    assert (row["state"], row["last_error"]) == ("failed", "Discounts are switched off.")
    assert (await chat.state(), await chat.account()) == ("released", (0, 0, 0, 0))


async def test_a_code_of_somebody_else_is_not_ours(chat: Chat) -> None:
    await chat.make_offer()
    decision_id = (await chat.decide()).body["decision_id"]
    chat.shop.mood = Mood.DOWN
    await chat.accept(decision_id)
    (row,) = await chat.shops.rows("codes")
    chat.shop.wake()
    chat.shop.add(row["code"], title="Staff")
    assert (await chat.accept(decision_id)).body["code_state"] == "failed"
    assert chat.shop.discounts[row["code"]]["title"] == "Staff"


async def test_a_kept_reply_tells_of_the_code_as_it_is_now(chat: Chat) -> None:
    await chat.make_offer()
    decision_id = (await chat.decide()).body["decision_id"]
    body = {"conversation_id": "c-1", "outcome": "accepted"}
    path = f"/v1/decisions/{decision_id}/outcome"
    chat.shop.mood = Mood.DOWN
    first = await chat.shops.ask("POST", path, body, Idempotency_Key="k-1")
    assert (first.status, first.body["code_state"]) == (200, "pending")
    chat.shop.wake()
    again = await chat.shops.ask("POST", path, body, Idempotency_Key="k-1")
    assert (again.status, again.body["code_state"]) == (200, "ready")
    assert again.body["code"] in chat.shop.discounts


async def test_an_order_is_redeemed_once_however_often_it_is_reported(chat: Chat) -> None:
    await chat.make_offer()
    code = await chat.code()
    unpaid = {"financial_status": "pending", "updated_at": "2026-11-22T10:30:00+00:00"}
    await chat.order("orders/create", code, **unpaid)
    assert await chat.state() == "reserved", "an order that nobody paid yet uses nothing up"
    for topic in ("orders/paid", "orders/updated", "orders/paid"):
        await chat.order(topic, code)
    await chat.order("orders/create", code, **unpaid)
    await chat.order("orders/fulfilled", code, fulfillment_status="fulfilled", updated_at="2026-11-23T10:00:00+00:00")
    assert len(await chat.shops.rows("redemptions")) == 1
    assert (await chat.state(), await chat.account()) == ("redeemed", (0, 0, 1, 400))
    await chat.order("orders/paid", code, id=7002, name="#1002")
    assert len(await chat.shops.rows("redemptions")) == 1, "a code is used by one order"


async def test_the_paid_order_may_come_before_the_one_that_was_placed(chat: Chat) -> None:
    await chat.make_offer()
    code = await chat.code()
    await chat.order("orders/paid", code.lower())
    await chat.order("orders/create", code, financial_status="pending", updated_at="2026-11-22T10:30:00+00:00")
    assert (await chat.state(), await chat.account()) == ("redeemed", (0, 0, 1, 400))


CANCELLED = {"cancelled_at": "2026-11-24T10:00:00+00:00", "updated_at": "2026-11-24T10:00:00+00:00"}
REFUND = {
    "id": 5,
    "order_id": 7001,
    "created_at": "2026-11-24T10:00:00+00:00",
    "transactions": [{"amount": "36.00", "kind": "refund", "status": "success", "currency": "EUR"}],
}


@pytest.mark.parametrize("how", ["cancelled", "refunded"])
async def test_an_order_that_is_given_back_gives_back_what_its_code_cost(chat: Chat, how: str) -> None:
    await chat.make_offer()
    code = await chat.code()
    await chat.order("orders/paid", code)
    for _ in range(2):
        if how == "cancelled":
            await chat.order("orders/cancelled", code, **CANCELLED)
        else:
            await chat.shops.shopify("refunds/create", REFUND)
            await chat.shops.work()
    assert (await chat.state(), await chat.account()) == ("released", (0, 0, 0, 0))
    (redemption,) = await chat.shops.rows("redemptions")
    assert redemption["cancelled_at"] is not None
    chat.shop.mood = Mood.DOWN
    for _ in range(12):
        await chat.later(timedelta(hours=1))
        assert await chat.state("hosted_codes") == "withdrawing", "somebody may hold the code: it is never given up"
    chat.shop.wake()
    await chat.later(timedelta(hours=1))
    assert await chat.state("hosted_codes") == "withdrawn"
    assert chat.shop.discounts[code]["active"] is False, "a code that was given back cannot be used again"
    await chat.order("orders/paid", code)
    assert await chat.account() == (0, 0, 0, 0), "an older report changes nothing"


async def test_a_part_of_the_money_back_keeps_the_use(chat: Chat) -> None:
    await chat.make_offer()
    code = await chat.code()
    await chat.order("orders/paid", code)
    part = REFUND | {"transactions": [REFUND["transactions"][0] | {"amount": "10.00"}]}  # type: ignore[index]
    await chat.shops.shopify("refunds/create", part)
    await chat.shops.work()
    assert (await chat.state(), await chat.account()) == ("redeemed", (0, 0, 1, 400))


async def test_an_order_that_was_never_paid_leaves_the_code_good(chat: Chat) -> None:
    await chat.make_offer()
    code = await chat.code()
    await chat.order("orders/cancelled", code, financial_status="voided", **CANCELLED)
    assert (await chat.state(), await chat.account()) == ("reserved", (1, 300, 0, 0))


async def test_an_expired_code_is_taken_back_and_an_order_that_still_used_it_is_booked(chat: Chat) -> None:
    await chat.make_offer()
    code = await chat.code()
    chat.shops.clock.advance(timedelta(days=14))
    await chat.expire()
    assert (await chat.state(), await chat.account()) == ("expired", (0, 0, 0, 0))
    assert await chat.state("hosted_codes") == "withdrawing"
    await chat.send_due()
    assert await chat.state("hosted_codes") == "withdrawn"
    assert chat.shop.discounts[code]["active"] is False
    await chat.order("orders/paid", code, updated_at="2026-12-06T09:59:00+00:00")
    assert (await chat.state(), await chat.account()) == ("redeemed", (0, 0, 1, 400))


async def test_more_than_the_budget_holds_is_booked_as_far_as_it_was_held(chat: Chat) -> None:
    await chat.make_offer(limits={"budget_cents": 350})
    code = await chat.code()
    await chat.order("orders/paid", code)
    assert await chat.account() == (0, 0, 1, 300)
    (redemption,) = await chat.shops.rows("redemptions")
    assert redemption["quote"]["discount_cents"] == 400, "what the shop took off stays on record"


async def test_an_anonymous_customer_s_code_is_that_of_who_used_it(chat: Chat) -> None:
    await chat.make_offer()
    code = await chat.code(customer_id=None)
    await chat.order("orders/paid", code)
    ((held,), (stored,)) = await chat.shops.rows("codes"), await chat.shops.rows("orders")
    assert (held["state"], held["customer_id"]) == ("redeemed", stored["customer_id"])


async def test_a_code_in_an_order_of_another_shop_is_not_ours(chat: Chat) -> None:
    await chat.shops.connect("own", SourceKind.GENERIC)
    await chat.make_offer()
    code = await chat.code()
    data = {
        "order_id": "x-1",
        "number": "x-1",
        "customer_id": None,
        "placed_at": NOW.isoformat(),
        "currency": "EUR",
        "total_cents": 3600,
        "lines": [],
        "state": "paid",
        "codes": [code],
        "shop_updated_at": NOW.isoformat(),
    }
    assert (await chat.shops.signed({"topic": "order", "id": "1", "data": data})).status == 200
    await chat.shops.work()
    assert len(await chat.shops.rows("orders")) == 1
    assert await chat.state() == "reserved"


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


async def stock(chat: Chat) -> None:
    """Let the shop tell of two products; of one its own number is not known."""
    answer = await chat.shops.write("POST", "/catalogue", CATALOGUE, token=chat.shops.tokens["berlin"])
    assert {result["result"] for result in answer.body["results"]} == {"stored"}, answer.body


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"benefit": GIFT}, "ten: a code of Shopify gives no gift, only a percentage or a fixed amount."),
        ({"benefit": OFFER["benefit"] | {"cap_cents": 500}}, "no most that it takes off"),
        ({"margin_floor_basis_points": 1000}, "Shopify keeps no margin floor"),
        ({"condition": {"channel": ["web"]}}, "does not ask the condition channel"),
        ({"products": ["mug"]}, "counts an order value over the named products alone"),
        ({"benefit": {"kind": "fixed_amount", "amount_cents": 500, "currency": "USD"}}, "are in EUR, not in USD"),
    ],
)
async def test_what_the_shop_cannot_give_is_refused_when_it_is_made(
    chat: Chat, changes: dict[str, Any], words: str
) -> None:
    await stock(chat)
    refused = await chat.make_offer(**changes)
    assert (refused.status, refused.body["code"], refused.body["field"]) == (400, "impossible_at_checkout", "benefit")
    assert words in refused.body["message"]


async def test_a_stored_offer_that_the_shop_cannot_give_is_shown_to_nobody_and_marked(chat: Chat) -> None:
    await stock(chat)
    await chat.sources.change("berlin", hosted_codes=False)
    made = await chat.make_offer(benefit=GIFT)
    assert (made.status, made.body["checkout_refusal"]) == (200, "")
    decided = await chat.decide()
    assert decided.body["offer"]["offer_id"] == "ten"
    await chat.sources.change("berlin", hosted_codes=True)
    why = "a code of Shopify gives no gift, only a percentage or a fixed amount"
    assert (await chat.shops.ask("GET", "/v1/offers/ten")).body["checkout_refusal"] == why
    hidden = await chat.decide(conversation_id="c-2", customer_id="ben")
    assert (hidden.body["offer"], hidden.body["ineligible_offers"]) == (None, {"ten": why})
    late = await chat.accept(decided.body["decision_id"])
    assert (late.status, late.body["code"]) == (409, "impossible_at_checkout")
    titled = OFFER | {"benefit": GIFT, "title": "A mug"}
    del titled["offer_id"]
    changed = await chat.shops.ask("PUT", "/v1/offers/ten", titled, If_Match='"2"')
    assert changed.status == 200, "what it was before it may stay"


async def test_a_disconnected_shop_makes_no_codes_and_shows_no_offers(chat: Chat) -> None:
    await chat.make_offer()
    await chat.shops.shopify("app/uninstalled", {})
    await chat.shops.work()
    hidden = await chat.decide()
    assert hidden.body["ineligible_offers"] == {"ten": "the shop that makes the codes is disconnected"}


async def test_products_are_named_by_the_shop_s_own_numbers(chat: Chat) -> None:
    await stock(chat)
    amount = {"kind": "fixed_amount", "amount_cents": 550}
    assert (await chat.make_offer(benefit=amount, products=["mug"], eligibility={})).status == 200
    code = await chat.code()
    gets = chat.shop.discounts[code]["customerGets"]
    assert gets["value"] == {"discountAmount": {"amount": "5.50", "appliesOnEachItem": False}}
    assert gets["items"] == {"products": {"productsToAdd": ["gid://shopify/Product/632910392"]}}


async def test_an_offer_whose_product_the_shop_has_no_number_for_is_not_shown(chat: Chat) -> None:
    await stock(chat)
    made = await chat.make_offer(products=["cup"], eligibility={})
    why = "the shop's own number of the product cup is not known"
    assert (made.status, made.body["message"]) == (400, f"ten: {why}.")


async def test_a_brand_stands_for_its_products(chat: Chat) -> None:
    await stock(chat)
    assert (await chat.make_offer(brands=["Tarn"], eligibility={})).status == 200
    items = chat.shop.discounts[await chat.code()]["customerGets"]["items"]
    numbers = ["gid://shopify/Product/632910392", "gid://shopify/Product/632910393"]
    assert items == {"products": {"productsToAdd": numbers}}


async def test_a_code_names_a_hundred_products_at_most(chat: Chat) -> None:
    many = [
        {
            "product_id": f"p-{number}",
            "title": "Pin",
            "brand": "Many",
            "external_id": str(1000 + number),
            "variants": [{"variant_id": f"v-{number}", "prices": [{"currency": "EUR", "list_cents": 100}]}],
        }
        for number in range(101)
    ]
    token = chat.shops.tokens["berlin"]
    await chat.shops.write("POST", "/catalogue", {"products": many}, token=token)
    refused = await chat.make_offer(brands=["Many"], eligibility={})
    assert (refused.status, refused.body["message"]) == (400, "ten: a code names 100 products at most.")
    assert (await chat.shops.write("DELETE", "/products/p-7", token=token)).status == 200
    assert (await chat.make_offer(brands=["Many"], eligibility={})).status == 200


async def test_codes_that_the_shop_brought_are_given_at_once_and_redeemed(chat: Chat) -> None:
    await chat.make_offer()
    await chat.import_pool("SPRING-1")
    assert await chat.code() == "SPRING-1"
    assert chat.shop.requests == []
    await chat.order("orders/paid", "spring-1")
    await chat.order("orders/cancelled", "spring-1", **CANCELLED)
    assert (await chat.state(), await chat.account()) == ("released", (0, 0, 0, 0))
    await chat.send_due()
    assert chat.shop.requests == [], "what the shop made, the shop takes back"


async def test_codes_are_made_at_one_shop(chat: Chat) -> None:
    with pytest.raises(Conflict, match="Codes are made at berlin already"):
        await chat.shops.connect("paris", SourceKind.WOOCOMMERCE, base_url=chat.shop.url, hosted_codes=True)
    with pytest.raises(ShopItemError, match="codes are made at Shopify and WooCommerce"):
        await chat.shops.connect("med", SourceKind.MEDUSA, base_url=chat.shop.url, hosted_codes=True)
    with pytest.raises(ShopItemError, match="is needed where codes are made"):
        await chat.sources.change("berlin", base_url="")


@pytest.fixture
async def woo(chat: Chat) -> Chat:
    """The same engine; codes are made at the WooCommerce source `blog`."""
    await chat.sources.change("berlin", hosted_codes=False)
    await chat.shops.connect(
        "blog", SourceKind.WOOCOMMERCE, access_token="ck:cs", base_url=chat.shop.url, hosted_codes=True
    )
    return chat


def woo_order(code: str, **changes: Any) -> dict[str, Any]:
    """An order of WooCommerce that used a code, which it writes in lower case."""
    return {
        "id": 7001,
        "number": "1001",
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": "2026-11-22T11:00:00",
        "date_modified_gmt": "2026-11-22T11:00:00",
        "date_paid_gmt": "2026-11-22T11:00:00",
        "total": "36.00",
        "discount_total": "3.36",
        "discount_tax": "0.64",
        "billing": {"email": "anna@example.com"},
        "line_items": [{"name": "Mug", "quantity": 2, "subtotal": "33.61", "total": "30.25", "sku": "MUG"}],
        "coupon_lines": [{"id": 9, "code": code.lower(), "discount": "3.36", "discount_tax": "0.64"}],
    } | changes


async def test_woocommerce_makes_a_code_and_its_order_redeems_it(woo: Chat) -> None:
    await woo.make_offer()
    code = await woo.code()
    (coupon,) = woo.shop.discounts.values()
    assert {name: coupon[name] for name in coupon if name not in ("description", "number", "active")} == {
        "code": code.lower(),
        "discount_type": "percent",
        "amount": "10.00",
        "date_expires_gmt": "2026-12-06T10:00:00",
        "usage_limit": 1,
        "usage_limit_per_user": 1,
        "individual_use": True,
        "minimum_amount": "20.00",
    }
    for delivery in ("d-1", "d-1", "d-2"):
        await woo.shops.woocommerce("order.updated", woo_order(code), delivery=delivery)
    await woo.shops.work()
    assert (await woo.state(), await woo.account()) == ("redeemed", (0, 0, 1, 400)), "what the customer saved, with tax"
    cancelled = {"status": "cancelled", "date_modified_gmt": "2026-11-23T11:00:00"}
    await woo.shops.woocommerce("order.updated", woo_order(code, **cancelled))
    await woo.shops.work()
    assert (await woo.state(), await woo.account()) == ("released", (0, 0, 0, 0))
    await woo.send_due()
    assert woo.shop.discounts == {}, "WooCommerce makes a cancelled order's coupon usable again, so it is deleted"


@pytest.mark.parametrize("mood", [Mood.DOWN, Mood.LOSING])
async def test_woocommerce_makes_one_coupon_however_often_it_is_asked(
    woo: Chat, mood: Mood, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosted_code_sender, "PATIENCE_S", 0.5)
    await woo.make_offer()
    decision_id = (await woo.decide()).body["decision_id"]
    woo.shop.mood = mood
    assert (await woo.accept(decision_id)).body["code_state"] == "pending"
    woo.shop.wake()
    accepted = await woo.accept(decision_id)
    assert accepted.body["code_state"] == "ready"
    assert list(woo.shop.discounts) == [accepted.body["code"].lower()]


async def test_woocommerce_gives_amounts_off_a_whole_order_alone(woo: Chat) -> None:
    amount = {"kind": "fixed_amount", "amount_cents": 500}
    await stock(woo)
    refused = await woo.make_offer(benefit=amount, products=["mug"])
    assert (refused.status, refused.body["code"]) == (400, "impossible_at_checkout")
    assert "WooCommerce takes a fixed amount off the whole order" in refused.body["message"]
    assert (await woo.make_offer(benefit=amount)).status == 200
    await woo.code()
    (coupon,) = woo.shop.discounts.values()
    assert (coupon["discount_type"], coupon["amount"]) == ("fixed_cart", "5.00")


async def test_woocommerce_s_refusal_is_for_good(woo: Chat) -> None:
    woo.shop.refusal = "Coupons are switched off."
    await woo.make_offer()
    assert (await woo.accept((await woo.decide()).body["decision_id"])).body["code_state"] == "failed"
    assert (await woo.state(), await woo.account()) == ("released", (0, 0, 0, 0))
