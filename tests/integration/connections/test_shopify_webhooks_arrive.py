"""Shopify's webhooks, from the gateway's door to the rows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.connected_shops import FIXTURES, ConnectedShops, fixture

ORDER: dict[str, Any] = {
    "id": 450789469,
    "name": "#1001",
    "order_number": 1001,
    "email": "customer@example.com",
    "created_at": "2026-11-10T11:00:00-05:00",
    "updated_at": "2026-11-10T11:00:00-05:00",
    "currency": "USD",
    "total_price": "409.94",
    "subtotal_price": "398.00",
    "total_tax": "11.94",
    "financial_status": "paid",
    "fulfillment_status": None,
    "discount_codes": [{"code": "TENOFF", "amount": "10.00"}],
    "customer": {"id": 207119551, "email": "customer@example.com"},
    "line_items": [
        {"id": 1, "name": "Player - green", "quantity": 1, "price": "199.00", "sku": "GREEN", "variant_id": 39072856},
        {"id": 2, "name": "Player - red", "quantity": 1, "price": "199.00", "sku": "", "variant_id": 49148385},
    ],
}
PARCEL: dict[str, Any] = {
    "id": 255858046,
    "order_id": 450789469,
    "status": "success",
    "created_at": "2026-11-12T16:06:08-05:00",
    "updated_at": "2026-11-12T16:06:08-05:00",
    "tracking_company": "UPS",
    "tracking_number": "1Z2345",
    "tracking_url": "https://ups.example/1Z2345",
}
REFUND: dict[str, Any] = {
    "id": 509562969,
    "order_id": 450789469,
    "created_at": "2026-11-15T13:35:06-05:00",
    "transactions": [{"amount": "209.00", "kind": "refund", "status": "success", "currency": "USD"}],
}


async def test_an_order_is_answered_stored_and_counted_once(shops: ConnectedShops) -> None:
    first = await shops.shopify("orders/create", ORDER, delivery="d-1")
    assert (first.status, first.body) == (200, {"result": "accepted"})
    again = await shops.shopify("orders/create", ORDER, delivery="d-1")
    assert (again.status, again.body) == (200, {"result": "duplicate"})
    sent_anew = await shops.shopify("orders/create", ORDER, delivery="d-2")
    assert sent_anew.body == {"result": "accepted"}
    await shops.work()
    (order,) = await shops.rows("orders")
    assert (order["number"], order["number_key"], order["shop_state"]) == ("#1001", "1001", "paid")
    assert (order["total_cents"], order["currency"], order["source_id"]) == (40994, "USD", "berlin")
    assert len(await shops.rows("purchases")) == 2
    assert {row["state"] for row in await shops.rows("webhook_deliveries")} == {"done"}
    assert {row["body"] for row in await shops.rows("webhook_deliveries")} == {None}, "worked off: no names are kept"


async def test_what_its_shop_did_not_sign_is_refused(shops: ConnectedShops) -> None:
    faults: tuple[dict[str, Any], ...] = (
        {"X_Shopify_Hmac_Sha256": ""},
        {"X_Shopify_Hmac_Sha256": "bm90IHRoZSByaWdodCBvbmU="},
        {"X_Shopify_Shop_Domain": "paris.myshopify.com"},
        {"X_Shopify_Webhook_Id": ""},
        {"source": "nobody"},
    )
    for fault in faults:
        answer = await shops.shopify("orders/create", ORDER, **fault)
        assert (answer.status, answer.body["code"]) == (401, "bad_signature"), fault
    content = bytearray(json.dumps(ORDER).encode())
    content[100] ^= 1
    assert (await shops.shopify("orders/create", ORDER, raw=bytes(content))).status == 401, "one flipped bit"
    assert await shops.rows("webhook_deliveries") == []


async def test_a_parcel_and_a_refund_change_their_order(shops: ConnectedShops) -> None:
    await shops.shopify("orders/create", ORDER)
    await shops.shopify("fulfillments/create", PARCEL)
    await shops.shopify("refunds/create", REFUND)
    await shops.work()
    (parcel,) = await shops.rows("shipments")
    assert (parcel["carrier"], parcel["tracking_number"]) == ("UPS", "1Z2345")
    assert parcel["tracking_url"] == "https://ups.example/1Z2345"
    (refund,) = await shops.rows("refunds")
    assert refund["cents"] == 20900
    assert (await shops.rows("orders"))[0]["shop_state"] == "partly_refunded"


async def test_a_parcel_of_an_order_that_was_only_paid_is_a_part_of_it(shops: ConnectedShops) -> None:
    await shops.shopify("orders/create", ORDER)
    await shops.shopify("fulfillments/create", PARCEL)
    await shops.work()
    assert (await shops.rows("orders"))[0]["shop_state"] == "partly_shipped", "nobody said that it is all of it"
    whole = ORDER | {"updated_at": "2026-11-12T17:00:00-05:00", "fulfillment_status": "fulfilled"}
    await shops.shopify("orders/fulfilled", whole)
    await shops.work()
    assert (await shops.rows("orders"))[0]["shop_state"] == "shipped"


async def test_a_parcel_that_comes_before_its_order_waits_for_it(shops: ConnectedShops) -> None:
    await shops.shopify("fulfillments/create", PARCEL)
    await shops.work()
    (waiting,) = await shops.rows("webhook_deliveries")
    assert (waiting["state"], waiting["last_error"]) == ("waiting", "450789469: order_id: there is no order 450789469")
    await shops.shopify("orders/create", ORDER)
    await shops.work()
    assert await shops.rows("shipments") == []
    shops.clock.advance(timedelta(seconds=5))
    await shops.work()
    assert len(await shops.rows("shipments")) == 1


async def test_reports_that_come_out_of_order_leave_what_is_newest(shops: ConnectedShops) -> None:
    shipped = ORDER | {"updated_at": "2026-11-12T17:00:00-05:00", "fulfillment_status": "fulfilled"}
    delivered = PARCEL | {"updated_at": "2026-11-14T10:00:00-05:00", "shipment_status": "delivered"}
    await shops.shopify("orders/updated", shipped | {"fulfillments": [PARCEL]})
    await shops.shopify("fulfillments/update", delivered)
    await shops.shopify("refunds/create", REFUND)
    await shops.shopify("fulfillments/update", PARCEL)
    await shops.shopify("orders/create", ORDER)
    await shops.shopify(
        "orders/updated", shipped | {"fulfillments": [PARCEL], "updated_at": "2026-11-13T08:00:00-05:00"}
    )
    await shops.work()
    (parcel,) = await shops.rows("shipments")
    assert parcel["state"] == "delivered", "the order of the 13th does not know of the 14th"
    assert len(await shops.rows("refunds")) == 1
    assert (await shops.rows("orders"))[0]["shop_state"] == "partly_refunded"


async def test_what_never_can_be_stored_is_shown_and_can_be_tried_again(shops: ConnectedShops) -> None:
    await shops.shopify("orders/create", {"id": 1, "name": "#1"})
    await shops.work()
    async with shops.http.get(f"{shops.engine_url}/v1/webhooks/dead") as answer:
        shown = await answer.json()
    (dead,) = shown["deliveries"]
    assert (shown["dead"], dead["topic"], dead["last_error"]) == (1, "orders/create", "currency: is missing")
    async with shops.http.post(f"{shops.engine_url}/v1/webhooks/dead/{dead['number']}/retry") as answer:
        assert answer.status == 200
    assert [row["state"] for row in await shops.rows("webhook_deliveries")] == ["waiting"]
    await shops.work()
    assert [row["state"] for row in await shops.rows("webhook_deliveries")] == ["dead"]
    async with shops.http.post(f"{shops.engine_url}/v1/webhooks/dead/999/retry") as answer:
        assert answer.status == 404


async def test_ten_tries_then_a_person_has_to_look(shops: ConnectedShops) -> None:
    await shops.shopify("fulfillments/create", PARCEL)
    for _ in range(10):
        await shops.work()
        shops.clock.advance(timedelta(hours=1))
    (dead,) = await shops.rows("webhook_deliveries")
    assert (dead["state"], dead["tries"]) == ("dead", 10)
    shops.clock.advance(timedelta(days=8))
    await shops.engine_keeps_house()
    (dead,) = await shops.rows("webhook_deliveries")
    assert dead["body"] is None, "names are kept for seven days at most"


@pytest.mark.skipif(not FIXTURES.exists(), reason="the shop system's own bodies do not lie beside this checkout")
async def test_shopify_s_own_bodies(shops: ConnectedShops) -> None:
    order, refund, parcel, product = (fixture(name) for name in ("order", "refund", "fulfillment", "product"))
    assert (await shops.shopify("products/create", product)).status == 200
    for delivery in ("order-1", "order-1", "order-2"):
        assert (await shops.shopify("orders/create", order, delivery=delivery)).status == 200
    await shops.work()
    (stored,) = await shops.rows("orders")
    assert (stored["number"], stored["number_key"], stored["total_cents"]) == ("#1001", "1001", 40994)
    assert {line["product_id"] for line in await shops.rows("purchases")} == {"ipod-nano"}
    await shops.shopify("refunds/create", refund)
    await shops.shopify("fulfillments/create", parcel)
    await shops.work()
    assert [row["cents"] for row in await shops.rows("refunds") if row["refund_id"] == "509562969"] == [20900]
    tracked = {row["tracking_number"]: row["tracking_url"] for row in await shops.rows("shipments")}
    assert tracked["1Z2345"].endswith("1Z2345")
    assert (await shops.rows("orders"))[0]["shop_state"] == "partly_refunded"


async def test_an_order_teaches_what_the_shop_calls_its_customer_and_nothing_else_of_them(
    shops: ConnectedShops,
) -> None:
    said = {"id": 207119551, "email": "customer@example.com", "state": "enabled", "tags": "vip"}
    consent = {"email_marketing_consent": {"state": "subscribed"}, "created_at": "2026-01-01T00:00:00Z"}
    other = said | consent | {"id": 7, "email": "other@example.com"}
    await shops.shopify("customers/create", other)
    await shops.shopify("orders/create", ORDER)
    await shops.shopify(
        "orders/create", ORDER | {"id": 2, "name": "#2", "customer": said | {"id": 9, "email": "x@y.example"}}
    )
    await shops.work()
    (order, _) = sorted(await shops.rows("orders"), key=lambda row: row["order_id"], reverse=True)
    named = {row["external_id"]: row["customer_id"] for row in await shops.rows("customer_aliases")}
    assert named["207119551"] == order["customer_id"]
    assert "9" not in named, "an address that was only typed at the checkout says nothing of the account"

    await shops.shopify("customers/update", said | consent)
    await shops.shopify("orders/updated", ORDER | {"updated_at": "2026-11-11T11:00:00-05:00", "note": "again"})
    await shops.work()
    (customer,) = await shops.rows("customers", customer_id=order["customer_id"])
    assert (customer["marketing_consent"], customer["segments"], customer["guest"]) == (True, ["vip"], False)


async def test_an_order_never_gives_one_account_the_name_of_another(shops: ConnectedShops) -> None:
    account = {"id": 7, "email": "other@example.com", "state": "enabled", "created_at": "2026-01-01T00:00:00Z"}
    await shops.shopify("customers/create", account)
    await shops.shopify("orders/create", ORDER | {"customer": {"id": 7, "email": "customer@example.com"}})
    await shops.work()
    (alias,) = await shops.rows("customer_aliases")
    (order,) = await shops.rows("orders")
    assert alias["customer_id"] != order["customer_id"]
    assert {row["merged_into"] for row in await shops.rows("customers")} == {None}


async def test_who_chatted_under_the_shop_s_number_finds_the_order(shops: ConnectedShops) -> None:
    chat = {"trigger": "asked_for_offers", "turn_count": 1}
    body = {"conversation_id": "c-1", "request_id": "m-1", "customer_id": "207119551", "conversation_context": chat}
    assert (await shops.ask("POST", "/v1/decisions", body)).status == 200
    await shops.shopify("orders/create", ORDER)
    await shops.work()
    found = await shops.ask("GET", "/v1/customers/207119551/orders")
    assert [order["number"] for order in found.body["orders"]] == ["#1001"]


@pytest.mark.parametrize("hours", [2, -2])
async def test_an_order_of_a_shop_whose_clock_is_two_hours_off_is_an_order(shops: ConnectedShops, hours: int) -> None:
    there = shops.clock() + timedelta(hours=hours)
    times = {"created_at": there.isoformat(), "updated_at": there.isoformat()}
    await shops.shopify("orders/create", ORDER | times)
    await shops.work()
    (order,) = await shops.rows("orders")
    assert order["placed_at"] == there, "what the shop said stays"
    chat = {"trigger": "asked_for_offers", "turn_count": 1}
    body = {"conversation_id": "c-1", "request_id": "m-1", "customer_id": order["customer_id"]}
    assert (await shops.ask("POST", "/v1/decisions", body | {"conversation_context": chat})).status == 200
    later = (
        ORDER | times | {"updated_at": (there + timedelta(minutes=1)).isoformat(), "fulfillment_status": "fulfilled"}
    )
    await shops.shopify("orders/updated", later)
    await shops.work()
    assert [row["shop_state"] for row in await shops.rows("orders")] == ["shipped"], "times of one clock are compared"
