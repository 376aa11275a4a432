"""The same with coupons of WooCommerce."""

from __future__ import annotations

from typing import Any

import pytest

from promo_engine.services import outbox
from tests.support.hosted_chat import Chat, store_catalogue
from tests.support.hosted_checkout import Mood


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
    monkeypatch.setattr(outbox, "PATIENCE_S", 0.5)
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
    await store_catalogue(woo)
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
