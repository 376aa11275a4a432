"""An order of the shop redeems its code here, once, and gives back what it gives back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promo_engine.domain.connections.shop_sources import SourceKind
from tests.support.hosted_chat import CANCELLED, Chat
from tests.support.hosted_checkout import Mood
from tests.support.small_shop import NOW


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
