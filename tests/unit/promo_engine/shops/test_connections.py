"""What the engine asks of shops, against stand-in shops on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.connections.shop_sources import SourceSecrets, SourceSettings
from promo_engine.domain.customers.change_requests import (
    ChangeKind,
    ChangeRequest,
    ChangeState,
    RequestedLine,
    ShopAnswer,
)
from promo_engine.domain.customers.email_hash import email_hash
from promo_engine.domain.customers.order_proof import postcode_hash
from promo_engine.domain.customers.order_report import StoredOrder
from promo_engine.domain.customers.orders import Order
from promo_engine.domain.customers.shop_orders import ShopOrderState
from promo_engine.ports.shop.connected_shop_repository import ConnectedShop
from promo_engine.ports.shop.shop_access import ShopUnreachableError, ShopWriteBack
from promo_engine.shops.connections.connect import ShopConnector
from promo_engine.shops.connections.mail_to_service import MailServer, MailToService
from promo_engine.shops.connections.shop_http import ShopHttp
from promo_engine.shops.signatures import require_timed_signature
from tests.support.small_shop import NOW
from tests.support.standin_shop import StandInShop

ORDER = StoredOrder(Order("7001", "anna", NOW, 4200, number="#1001", source_id="web", source_kind="shopify"))
CANCEL = ChangeRequest("1795-ab", "7001", ChangeKind.CANCEL, NOW, "anna")
RETURN = replace(CANCEL, kind=ChangeKind.RETURN)
ADDRESS = replace(CANCEL, kind=ChangeKind.ADDRESS, details="1 New Street")
GRAPHQL = "POST /admin/api/2026-10/graphql.json"


@pytest.fixture
async def shop() -> AsyncIterator[StandInShop]:
    shop = StandInShop()
    await shop.server.start_server()
    yield shop
    shop.hold.set()
    await shop.server.close()


@pytest.fixture
async def http() -> AsyncIterator[ShopHttp]:
    async with aiohttp.ClientSession() as session:
        yield ShopHttp(session)


class KeptSecrets:
    def of(self, source_id: str) -> SourceSecrets:
        if source_id == "forgotten":
            return SourceSecrets()
        return SourceSecrets(webhook_secret="hush", access_token="shh:hush" if source_id == "woo" else "shh")


@pytest.fixture
def connector(http: ShopHttp) -> ShopConnector:
    return ShopConnector(http, secrets=KeptSecrets(), mail=None, clock=lambda: NOW)


def source(kind: str, shop: StandInShop, **settings: Any) -> ConnectedShop:
    given = {"base_url": shop.url, "write_back": "api"}
    return ConnectedShop("woo" if kind == "woocommerce" else "web", kind, given | settings)


def way_to(connector: ShopConnector, kind: str, shop: StandInShop, **settings: Any) -> ShopWriteBack:
    found = connector.write_back(source(kind, shop, **settings))
    assert found is not None
    return found


def state(cancelled_at: str | None = None, returns: list[Any] | None = None) -> Any:
    return {"data": {"order": {"cancelledAt": cancelled_at, "returns": {"nodes": returns or []}}}}


def cancelled(errors: list[Any] | None = None) -> Any:
    result = {"job": {"id": "gid://shopify/Job/1", "done": False}, "orderCancelUserErrors": errors or []}
    return {"data": {"orderCancel": result}}


async def test_shopify_is_asked_to_cancel_and_says_later_whether_it_did(
    shop: StandInShop, connector: ShopConnector
) -> None:
    shop.plan(GRAPHQL, state(), cancelled())
    answer = await way_to(connector, "shopify", shop).send(CANCEL, ORDER)
    assert answer == ShopAnswer(ChangeState.SENT, reference="gid://shopify/Job/1")
    request = shop.heard[-1]
    assert request.headers["X-Shopify-Access-Token"] == "shh"
    assert request.body["variables"] == {
        "orderId": "gid://shopify/Order/7001",
        "refund": {"originalPaymentMethodsRefund": False},
        "note": "Asked for in the chat (1795-ab)",
    }


async def test_another_version_of_shopify_s_api_is_spoken_where_the_source_says_so(
    shop: StandInShop, connector: ShopConnector
) -> None:
    shop.plan("POST /admin/api/2027-01/graphql.json", state(), cancelled())
    answer = await way_to(connector, "shopify", shop, api_version="2027-01").send(CANCEL, ORDER)
    assert answer.state is ChangeState.SENT
    with pytest.raises(ShopItemError, match="none of Shopify's versions"):
        SourceSettings(api_version="latest")


async def test_money_goes_back_by_itself_only_where_the_shop_set_it(
    shop: StandInShop, connector: ShopConnector
) -> None:
    shop.plan(GRAPHQL, state(), cancelled())
    await way_to(connector, "shopify", shop, refund_on_cancel=True).send(CANCEL, ORDER)
    assert shop.heard[-1].body["variables"]["refund"] == {"originalPaymentMethodsRefund": True}


async def test_an_order_that_shopify_cancelled_meanwhile_is_not_cancelled_twice(
    shop: StandInShop, connector: ShopConnector
) -> None:
    shop.plan(GRAPHQL, state("2026-11-22T10:00:00Z"))
    assert await way_to(connector, "shopify", shop).send(CANCEL, ORDER) == ShopAnswer(ChangeState.CONFIRMED)
    assert len(shop.heard) == 1


async def test_shopify_s_refusal_keeps_its_words(shop: StandInShop, connector: ShopConnector) -> None:
    shop.plan(GRAPHQL, state(), cancelled([{"code": "INVALID", "message": "Cannot cancel a fulfilled order"}]))
    answer = await way_to(connector, "shopify", shop).send(CANCEL, ORDER)
    assert answer == ShopAnswer(ChangeState.REFUSED, reason="Cannot cancel a fulfilled order")


def returnable(*lines: tuple[str, str, int]) -> Any:
    nodes = [
        {"quantity": pieces, "fulfillmentLineItem": {"id": line, "lineItem": {"sku": sku}}}
        for line, sku, pieces in lines
    ]
    return {"data": {"returnableFulfillments": {"nodes": [{"returnableFulfillmentLineItems": {"nodes": nodes}}]}}}


def returned(status: str = "REQUESTED") -> Any:
    return {"data": {"returnRequest": {"return": {"name": "#1001-R1", "status": status}, "userErrors": []}}}


async def test_shopify_gets_the_lines_that_are_wanted_back(shop: StandInShop, connector: ShopConnector) -> None:
    shop.plan(GRAPHQL, state(), returnable(("f-1", "MUG", 2), ("f-2", "TENT", 1)), returned())
    request = replace(RETURN, lines=(RequestedLine("MUG", 1),), reason="chipped")
    answer = await way_to(connector, "shopify", shop).send(request, ORDER)
    assert answer == ShopAnswer(ChangeState.SENT, reference="#1001-R1")
    (line,) = shop.heard[-1].body["variables"]["input"]["returnLineItems"]
    assert line == {
        "fulfillmentLineItemId": "f-1",
        "quantity": 1,
        "returnReason": "OTHER",
        "customerNote": "chipped",
    }


async def test_a_return_that_an_earlier_attempt_made_is_not_made_again(
    shop: StandInShop, connector: ShopConnector
) -> None:
    shop.plan(GRAPHQL, state(returns=[{"name": "#1001-R1", "status": "OPEN"}]))
    answer = await way_to(connector, "shopify", shop).send(RETURN, ORDER)
    assert answer == ShopAnswer(ChangeState.CONFIRMED, reference="#1001-R1")
    assert len(shop.heard) == 1


async def test_nothing_to_return_is_a_refusal(shop: StandInShop, connector: ShopConnector) -> None:
    shop.plan(GRAPHQL, state(), returnable())
    answer = await way_to(connector, "shopify", shop).send(RETURN, ORDER)
    assert answer.state is ChangeState.REFUSED


async def test_shopify_s_order_is_found_by_its_number_with_what_proves_it(
    shop: StandInShop, connector: ShopConnector
) -> None:
    order = {
        "id": 7001,
        "name": "#1001",
        "email": "anna@example.com",
        "created_at": "2026-11-20T10:00:00+01:00",
        "updated_at": "2026-11-21T10:00:00+01:00",
        "currency": "EUR",
        "total_price": "42.00",
        "financial_status": "paid",
        "fulfillment_status": "fulfilled",
        "shipping_address": {"zip": "SW1A 1AA"},
        "line_items": [{"title": "Mug", "quantity": 2, "price": "21.00", "sku": "MUG"}],
        "fulfillments": [
            {
                "id": 9,
                "status": "success",
                "created_at": "2026-11-21T09:00:00+01:00",
                "updated_at": "2026-11-21T09:00:00+01:00",
                "tracking_company": "UPS",
                "tracking_number": "1Z2345",
                "tracking_url": "https://www.ups.com/track?n=1Z2345",
            }
        ],
    }
    shop.plan("GET /admin/api/2026-10/orders.json", {"orders": [order, order | {"id": 8, "name": "EU-1001"}]})
    orders = connector.orders(source("shopify", shop, ask_for_orders=True))
    assert orders is not None
    (found,) = await orders.with_number("# 1001")
    assert (found.order_id, found.state, found.shipments[0].carrier) == ("7001", ShopOrderState.SHIPPED, "UPS")
    assert found.email_hash == email_hash("anna@example.com")
    assert found.postcode_hash == postcode_hash("sw1a1aa", number="1001")
    assert shop.heard[0].query["name"] == "1001"


WOO_ORDER = {
    "id": 7001,
    "number": "1001",
    "status": "processing",
    "currency": "GBP",
    "date_created_gmt": "2026-11-20T10:00:00",
    "date_modified_gmt": "2026-11-21T10:00:00",
    "total": "42.00",
    "discount_total": "3.00",
    "shipping_total": "5.00",
    "total_tax": "7.00",
    "billing": {"email": "anna@example.com", "postcode": "M1 1AE"},
    "shipping": {"postcode": "SW1A 1AA"},
    "line_items": [{"name": "Mug", "quantity": 2, "total": "30.00", "total_tax": "6.00", "sku": "MUG"}],
    "refunds": [{"id": 3, "total": "-10.00"}],
    "coupon_lines": [{"code": "spring"}],
}
WOO = "/wp-json/wc/v3/orders/7001"


async def test_woocommerce_cancels_and_leaves_one_note(shop: StandInShop, connector: ShopConnector) -> None:
    shop.plan(f"GET {WOO}", WOO_ORDER)
    shop.plan(f"PUT {WOO}", WOO_ORDER | {"status": "cancelled"})
    shop.plan(f"GET {WOO}/notes", [], [{"id": 5, "note": "Cancelled … [1795-ab]"}])
    shop.plan(f"POST {WOO}/notes", {"id": 5}, status=201)
    for _ in range(2):
        assert await way_to(connector, "woocommerce", shop).send(CANCEL, ORDER) == ShopAnswer(ChangeState.CONFIRMED)
    (note,) = shop.asked_for(f"POST {WOO}/notes")
    assert note.body["customer_note"] is True
    assert note.headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("cancelled", ShopAnswer(ChangeState.CONFIRMED)),
        ("completed", ShopAnswer(ChangeState.REFUSED, reason="The order is completed already.")),
        ("lost", ShopAnswer(ChangeState.REFUSED, reason="The order is completed already.")),
    ],
)
async def test_woocommerce_s_order_is_looked_at_first(
    shop: StandInShop, connector: ShopConnector, status: str, answer: ShopAnswer
) -> None:
    shop.plan(f"GET {WOO}", WOO_ORDER | {"status": status})
    assert await way_to(connector, "woocommerce", shop).send(CANCEL, ORDER) == answer
    assert shop.asked_for(f"PUT {WOO}") == []


@pytest.mark.parametrize(("request_", "words"), [(RETURN, "to return this order"), (ADDRESS, "1 New Street")])
async def test_woocommerce_s_people_get_a_note_for_what_it_cannot_do(
    shop: StandInShop, connector: ShopConnector, request_: ChangeRequest, words: str
) -> None:
    shop.plan(f"GET {WOO}", WOO_ORDER)
    shop.plan(f"GET {WOO}/notes", [])
    shop.plan(f"POST {WOO}/notes", {"id": 5}, status=201)
    answer = await way_to(connector, "woocommerce", shop).send(request_, ORDER)
    assert answer == ShopAnswer(ChangeState.SENT, reference="5")
    (note,) = shop.asked_for(f"POST {WOO}/notes")
    assert words in note.body["note"] and note.body["customer_note"] is False


async def test_woocommerce_s_order_is_read_whole(shop: StandInShop, connector: ShopConnector) -> None:
    shop.plan("GET /wp-json/wc/v3/orders", [WOO_ORDER, WOO_ORDER | {"id": 8, "number": "11001"}])
    orders = connector.orders(source("woocommerce", shop, ask_for_orders=True))
    assert orders is not None
    (found,) = await orders.with_number("#1001")
    assert (found.state, found.total_cents, found.codes) == (ShopOrderState.PAID, 4200, ("spring",))
    assert (found.lines[0].line_cents, found.refunds[0].cents) == (3000, 1000)
    assert found.postcode_hash == postcode_hash("SW1A 1AA", number="1001")


MEDUSA_ORDER = {
    "id": "order_1",
    "display_id": 1001,
    "status": "pending",
    "email": "anna@example.com",
    "customer_id": "cus_1",
    "currency_code": "eur",
    "total": 42,
    "payment_status": "captured",
    "fulfillment_status": "shipped",
    "created_at": "2026-11-20T10:00:00.000Z",
    "updated_at": "2026-11-21T10:00:00.000Z",
    "shipping_address": {"postal_code": "10115"},
    "items": [{"id": "item_1", "title": "Mug", "quantity": 2, "unit_price": 21, "variant_sku": "MUG"}],
    "fulfillments": [
        {
            "id": "ful_1",
            "shipped_at": "2026-11-21T09:00:00Z",
            "labels": [{"tracking_number": "T1", "tracking_url": "https://t.example/T1"}],
        }
    ],
    "returns": [],
}
MEDUSA = StoredOrder(replace(ORDER.order, order_id="order_1"))


async def test_medusa_cancels_at_once(shop: StandInShop, connector: ShopConnector) -> None:
    shop.plan("GET /admin/orders/order_1", {"order": MEDUSA_ORDER})
    shop.plan("POST /admin/orders/order_1/cancel", {"order": MEDUSA_ORDER | {"status": "canceled"}})
    assert await way_to(connector, "medusa", shop).send(CANCEL, MEDUSA) == ShopAnswer(ChangeState.CONFIRMED)


async def test_medusa_s_refusal_keeps_its_words(shop: StandInShop, connector: ShopConnector) -> None:
    shop.plan("GET /admin/orders/order_1", {"order": MEDUSA_ORDER})
    shop.plan("POST /admin/orders/order_1/cancel", {"message": "All fulfillments must be canceled"}, status=400)
    answer = await way_to(connector, "medusa", shop).send(CANCEL, MEDUSA)
    assert answer == ShopAnswer(ChangeState.REFUSED, reason="All fulfillments must be canceled")


async def test_a_return_at_medusa_is_gone_on_with_after_it_broke_off(
    shop: StandInShop, connector: ShopConnector
) -> None:
    begun = MEDUSA_ORDER | {"returns": [{"id": "ret_1", "status": "open"}]}
    shop.plan("GET /admin/orders/order_1", {"order": MEDUSA_ORDER}, {"order": begun})
    shop.plan("POST /admin/returns", {"return": {"id": "ret_1"}})
    shop.plan("POST /admin/returns/ret_1/request-items", None, status=503)
    way = way_to(connector, "medusa", shop)
    with pytest.raises(ShopUnreachableError):
        await way.send(RETURN, MEDUSA)
    shop.answers["POST /admin/returns/ret_1/request-items"] = [(200, {"return": {}})]
    shop.plan("POST /admin/returns/ret_1/request", {"return": {}})
    assert await way.send(RETURN, MEDUSA) == ShopAnswer(ChangeState.CONFIRMED, reference="ret_1")
    assert len(shop.asked_for("POST /admin/returns")) == 1
    assert shop.asked_for("POST /admin/returns/ret_1/request-items")[-1].body == {
        "items": [{"id": "item_1", "quantity": 2}]
    }


async def test_medusa_s_order_is_read_whole(shop: StandInShop, connector: ShopConnector) -> None:
    shop.plan("GET /admin/orders", {"orders": [MEDUSA_ORDER]})
    orders = connector.orders(source("medusa", shop, ask_for_orders=True))
    assert orders is not None
    (found,) = await orders.with_number("#1001")
    assert (found.number, found.state, found.currency, found.total_cents) == (
        "1001",
        ShopOrderState.SHIPPED,
        "EUR",
        4200,
    )
    assert found.shipments[0].tracking_url == "https://t.example/T1"
    assert await orders.with_number("EU-1001") == []


async def test_any_shop_hears_of_it_by_a_signed_webhook(shop: StandInShop, connector: ShopConnector) -> None:
    shop.plan("POST /hook", {"state": "confirmed", "reference": "R-1"})
    settings = {"write_back": "webhook", "webhook_url": f"{shop.url}/hook"}
    answer = await way_to(connector, "generic", shop, **settings).send(ADDRESS, ORDER)
    assert answer == ShopAnswer(ChangeState.CONFIRMED, reference="R-1")
    (heard,) = shop.heard
    signature = heard.headers["X-Promobot-Signature"]
    require_timed_signature(heard.raw, signature, "hush", now=NOW + timedelta(minutes=1))
    assert heard.headers["Idempotency-Key"] == "1795-ab"
    assert (heard.body["kind"], heard.body["number"], heard.body["new_address"]) == ("address", "#1001", "1 New Street")


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (202, None, ShopAnswer(ChangeState.SENT)),
        (200, {}, ShopAnswer(ChangeState.SENT)),
        (200, "yes", ShopAnswer(ChangeState.SENT)),
        (200, {"state": "maybe"}, ShopAnswer(ChangeState.SENT)),
        (200, {"state": "refused", "reason": "Gone."}, ShopAnswer(ChangeState.REFUSED, reason="Gone.")),
        (409, {"reason": "Gone."}, ShopAnswer(ChangeState.REFUSED, reason="Gone.")),
    ],
)
async def test_what_a_webhook_s_answer_means(
    shop: StandInShop, connector: ShopConnector, status: int, body: Any, answer: ShopAnswer
) -> None:
    shop.plan("POST /hook", body, status=status)
    settings = {"write_back": "webhook", "webhook_url": f"{shop.url}/hook"}
    assert await way_to(connector, "generic", shop, **settings).send(CANCEL, ORDER) == answer


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
@pytest.mark.parametrize("kind", ["shopify", "woocommerce", "medusa", "webhook"])
async def test_a_shop_that_fails_has_not_answered(
    shop: StandInShop, connector: ShopConnector, kind: str, status: int
) -> None:
    for route in (GRAPHQL, f"GET {WOO}", "GET /admin/orders/7001", "POST /hook"):
        shop.plan(route, {}, status=status)
    hook = {"write_back": "webhook", "webhook_url": f"{shop.url}/hook"}
    way = way_to(connector, kind, shop, **(hook if kind == "webhook" else {}))
    with pytest.raises(ShopUnreachableError) as failure:
        await way.send(CANCEL, ORDER)
    assert str(status) in str(failure.value) and "shh" not in str(failure.value)


async def test_nobody_listening_is_no_answer(shop: StandInShop, connector: ShopConnector) -> None:
    way = way_to(connector, "shopify", shop)
    await shop.server.close()
    with pytest.raises(ShopUnreachableError):
        await way.send(CANCEL, ORDER)


@pytest.mark.parametrize("url", ["http://shop.example/hook", "ftp://shop.example", "/hook"])
async def test_a_shop_elsewhere_is_reached_by_https_alone(connector: ShopConnector, url: str) -> None:
    settings = {"write_back": "webhook", "webhook_url": url}
    way = connector.write_back(ConnectedShop("web", "generic", settings))
    assert way is not None
    with pytest.raises(ShopUnreachableError, match="https"):
        await way.send(CANCEL, ORDER)


@pytest.mark.parametrize(
    ("source_id", "settings"),
    [
        ("web", {}),
        ("web", {"write_back": "api"}),
        ("forgotten", {"write_back": "api", "base_url": "https://a.example", "ask_for_orders": True}),
        ("forgotten", {"write_back": "webhook", "webhook_url": "https://a.example"}),
        ("web", {"write_back": "mail", "mail_to": "service@a.example"}),
        ("web", {"write_back": "pigeon"}),
    ],
)
def test_half_a_connection_is_none(connector: ShopConnector, source_id: str, settings: dict[str, Any]) -> None:
    shop = ConnectedShop(source_id, "shopify", settings)
    assert connector.write_back(shop) is None
    assert connector.orders(shop) is None


async def test_people_are_told_by_mail() -> None:
    lines: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail\r\n")
        in_mail = False
        while line := (await reader.readline()).decode():
            lines.append(line.rstrip())
            if in_mail and line != ".\r\n":
                continue
            in_mail = line.upper().startswith("DATA")
            writer.write(
                b"354 go on\r\n" if in_mail else b"221 bye\r\n" if line.upper().startswith("QUIT") else b"250 ok\r\n"
            )
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mail = MailServer("127.0.0.1", port, sender="bot@a.example", starttls=False)
    answer = await MailToService(mail, to="service@a.example").send(ADDRESS, ORDER)
    server.close()
    assert answer == ShopAnswer(ChangeState.SENT, reference="<1795-ab@a.example>")
    text = "\n".join(lines)
    assert "Subject: Order #1001: the customer wants to send the order to another address" in text
    assert "New address: 1 New Street" in text and "Nothing has been changed" in text


async def test_a_mail_that_cannot_be_handed_in_is_no_answer() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(ShopUnreachableError):
        await MailToService(MailServer("127.0.0.1", port, starttls=False), to="a@b.example").send(CANCEL, ORDER)
    server.close()


async def test_a_reply_that_is_no_json_is_no_answer(shop: StandInShop, connector: ShopConnector) -> None:
    shop.plan(GRAPHQL, json.loads('{"errors": [{"message": "Throttled"}]}'))
    with pytest.raises(ShopUnreachableError, match="Throttled"):
        await way_to(connector, "shopify", shop).send(CANCEL, ORDER)
