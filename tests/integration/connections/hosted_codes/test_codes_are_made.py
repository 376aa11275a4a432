"""A code that is accepted here is made at the shop before anybody has it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from promo_engine.services import outbox
from promo_engine.services.checkout import hosted_code_service
from tests.support.hosted_chat import Chat, shopify_order
from tests.support.hosted_checkout import Mood


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
        "context": {"all": "ALL"},
        "customerGets": {"value": {"percentage": 0.1}, "items": {"all": True}},
        "combinesWith": {"orderDiscounts": False, "productDiscounts": False, "shippingDiscounts": True},
        "minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": "20.00"}},
    }
    assert await chat.account() == (1, 300, 0, 0)
    assert (await chat.shops.shopify("orders/paid", shopify_order(code))).status == 200
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
        monkeypatch.setattr(outbox, "PATIENCE_S", 0.5)
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


async def test_who_was_told_to_wait_is_told_when_the_shop_has_made_the_code(chat: Chat) -> None:
    await chat.make_offer()
    decision_id = (await chat.decide()).body["decision_id"]
    chat.shop.mood = Mood.DOWN
    await chat.accept(decision_id)
    assert await chat.news() == [], "there is nothing to tell yet"
    chat.shop.wake()
    await chat.later(timedelta(minutes=1))
    waiting = {"decision_id": decision_id, "conversation_id": "c-1"}
    assert await chat.news() == [waiting]
    assert await chat.news() == [], "claimed by whoever tells it"
    chat.shops.clock.advance(timedelta(minutes=1))
    assert await chat.news() == [waiting], "again, where nothing came of it"
    assert (await chat.accept(decision_id)).body["code_state"] == "ready"
    chat.shops.clock.advance(timedelta(minutes=2))
    assert await chat.news() == [], "told"


async def test_who_was_told_to_wait_is_told_that_the_shop_never_made_the_code(chat: Chat) -> None:
    await chat.make_offer()
    decision_id = (await chat.decide()).body["decision_id"]
    chat.shop.mood = Mood.DOWN
    await chat.accept(decision_id)
    for _ in range(9):
        await chat.later(timedelta(hours=1))
    assert await chat.state("hosted_codes") == "failed"
    assert [news["decision_id"] for news in await chat.news()] == [decision_id]
    dropped = await chat.shops.ask("POST", f"/v1/code-news/{decision_id}/dropped")
    assert dropped.status == 200
    chat.shops.clock.advance(timedelta(minutes=2))
    assert await chat.news() == [], "there was nobody to tell"


async def test_who_got_the_code_at_once_is_told_nothing_more(chat: Chat) -> None:
    await chat.make_offer()
    await chat.code()
    chat.shops.clock.advance(timedelta(minutes=2))
    assert await chat.news() == []
