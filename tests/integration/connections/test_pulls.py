"""Shops that are asked: real servers on this machine that fail, answer late, and say things twice and out of order."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from promo_engine.api.http.keys import PULLS, SOURCES
from promo_engine.domain.connections.shop_sources import SourceKind
from promo_engine.domain.errors import Unavailable
from promo_engine.ports.shop.shop_repository import StoreResult
from tests.integration.connections.test_shopify_webhooks_arrive import ORDER
from tests.support.connected_shops import DOMAIN, SECRET, ConnectedShops

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class StandInShop:
    """A shop's own API, as a test wants it."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.headers: list[dict[str, str]] = []
        self.failures = 0
        self.hangs = False
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, dict(request.query)))
        self.headers.append(dict(request.headers))
        if self.failures:
            self.failures -= 1
            return web.Response(status=503, text="<html>busy</html>")
        if self.hangs:
            await asyncio.Event().wait()
        found = self.answers.get(request.path)
        if found is None:
            return web.json_response({"errors": "Not Found"}, status=404)
        answer = found(request) if callable(found) else found
        return answer if isinstance(answer, web.StreamResponse) else web.json_response(answer)


@pytest.fixture
async def shop() -> AsyncIterator[StandInShop]:
    shop = StandInShop()
    app = web.Application()
    app.router.add_get("/{path:.*}", shop.handle)
    server = TestServer(app)
    await server.start_server()
    shop.url = str(server.make_url("")).rstrip("/")
    yield shop
    await server.close()


def order(number: int, updated_at: str, **changes: Any) -> dict[str, Any]:
    return ORDER | {"id": number, "name": f"#{number}", "updated_at": updated_at} | changes


SHOPIFY = "/admin/api/2026-10"


async def test_shopify_is_asked_page_by_page_for_what_changed(shops: ConnectedShops, shop: StandInShop) -> None:
    await shops.connect("paris", SourceKind.SHOPIFY, shop_domain=DOMAIN, base_url=shop.url, access_token="shpat_x")
    newest = order(2, "2026-11-12T10:00:00Z", fulfillment_status="fulfilled")

    def orders(request: web.Request) -> web.StreamResponse:
        if "page_info" in request.query:
            twice = [order(2, "2026-11-11T10:00:00Z"), order(3, "2026-11-12T11:00:00Z"), {"id": 4}]
            return web.json_response({"orders": twice})
        link = f'<{shop.url}{SHOPIFY}/orders.json?page_info=next&limit=250>; rel="next"'
        return web.json_response({"orders": [order(1, "2026-11-10T10:00:00Z"), newest]}, headers={"Link": link})

    shop.answers = {
        f"{SHOPIFY}/products.json": {"products": []},
        f"{SHOPIFY}/customers.json": {"customers": []},
        f"{SHOPIFY}/orders.json": orders,
    }
    report = await shops.engine[PULLS].pull("paris")
    assert report.counts == {StoreResult.STORED: 3, StoreResult.STALE: 1}
    assert report.refusals == ["4: currency: is missing"]
    assert {row["order_id"]: row["shop_state"] for row in await shops.rows("orders")} == {
        "1": "paid",
        "2": "shipped",
        "3": "paid",
    }
    assert {found["X-Shopify-Access-Token"] for found in shop.headers} == {"shpat_x"}
    again = await shops.engine[PULLS].pull("paris")
    assert again.counts[StoreResult.STORED] == 0
    since = [query["updated_at_min"] for path, query in shop.asked if "updated_at_min" in query]
    assert since[-1] == "2026-11-12T10:58:00Z", "it goes on where it was, two minutes back"


async def test_a_shop_that_fails_or_hangs_loses_nothing_that_it_said_before(
    shops: ConnectedShops, shop: StandInShop
) -> None:
    await shops.connect("paris", SourceKind.SHOPIFY, shop_domain=DOMAIN, base_url=shop.url, access_token="shpat_x")
    shop.answers = {
        f"{SHOPIFY}/products.json": {"products": []},
        f"{SHOPIFY}/customers.json": {"customers": []},
        f"{SHOPIFY}/orders.json": {"orders": [order(1, "2026-11-10T10:00:00Z")]},
    }
    shop.failures = 1
    with pytest.raises(Unavailable, match="answered 503"):
        await shops.engine[PULLS].pull("paris")
    (source,) = [found for found in await shops.engine[SOURCES].all() if found.source_id == "paris"]
    assert source.last_error == f"pull: {SHOPIFY}/products.json answered 503"
    await shops.engine[PULLS].pull("paris")
    assert len(await shops.rows("orders")) == 1
    shop.hangs = True
    with pytest.raises(Unavailable, match="no answer within"):
        await shops.engine[PULLS].pull("paris")


async def test_every_shop_is_pulled_in_its_own_night_and_once(shops: ConnectedShops, shop: StandInShop) -> None:
    zone = "America/New_York"
    await shops.connect("york", SourceKind.SHOPIFY, shop_domain=DOMAIN, base_url=shop.url, zone=zone, access_token="x")
    shop.answers = {f"{SHOPIFY}/{name}.json": {name: []} for name in ("products", "customers", "orders")}
    pulls = shops.engine[PULLS]
    await pulls.pull_due()
    assert shop.asked == []
    shops.clock.now = shops.clock.now.replace(day=23, hour=7, minute=59)
    await pulls.pull_due()
    assert shop.asked == [], "03:00 in New York is 08:00 UTC"
    shops.clock.now = shops.clock.now.replace(hour=8, minute=1)
    await pulls.pull_due()
    await pulls.pull_due()
    assert len(shop.asked) == 3


WOO = "/wp-json/wc/v3"
WOO_ORDER: dict[str, Any] = {
    "id": 77,
    "number": "A-77",
    "status": "completed",
    "currency": "EUR",
    "total": "35.50",
    "total_tax": "5.67",
    "shipping_total": "5.50",
    "discount_total": "0.00",
    "date_created_gmt": "2026-11-10T10:00:00",
    "date_modified_gmt": "2026-11-12T10:00:00",
    "date_paid_gmt": "2026-11-10T10:01:00",
    "customer_id": 5,
    "billing": {"email": "guest@example.com", "first_name": "Gus", "country": "DE"},
    "line_items": [
        {"product_id": 9, "variation_id": 91, "name": "Shirt - M", "quantity": 1, "total": "30.00", "sku": ""}
    ],
    "refunds": [{"id": 3, "total": "-5.00"}],
    "meta_data": [{"id": 1, "key": "_tracking_number", "value": "1Z2345"}],
    "coupon_lines": [{"code": "ten"}],
}
SHIRT = {"id": 9, "name": "Shirt", "type": "variable", "status": "publish", "categories": [{"name": "Shirts"}],
         "date_modified_gmt": "2026-11-01T10:00:00", "variations": [91]}  # fmt: skip
SIZES = [{"id": 91, "sku": "", "regular_price": "30.00", "manage_stock": True, "stock_quantity": 4,
          "attributes": [{"name": "Size", "option": "M"}]}]  # fmt: skip


async def woo(shops: ConnectedShops, topic: str, body: Any, *, secret: str = SECRET) -> int:
    content = json.dumps(body).encode()
    shops.sent += 1
    headers = {
        "X-WC-Webhook-Signature": base64.b64encode(hmac.digest(secret.encode(), content, sha256)).decode(),
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Delivery-ID": f"woo-{shops.sent}",
    }
    return (await shops.send("POST", "/hooks/blog", content, headers)).status


async def test_woocommerce_s_webhooks_and_its_nightly_pull(shops: ConnectedShops, shop: StandInShop) -> None:
    await shops.connect("blog", SourceKind.WOOCOMMERCE, base_url=shop.url, access_token="ck:cs")
    shop.answers = {
        f"{WOO}/products/9/variations": SIZES,
        f"{WOO}/products": [SHIRT],
        f"{WOO}/orders": [WOO_ORDER],
    }
    assert await woo(shops, "order.updated", WOO_ORDER, secret="another") == 401
    assert await woo(shops, "product.updated", SHIRT) == 200
    assert await woo(shops, "order.updated", WOO_ORDER) == 200
    await shops.work()
    (stored,) = await shops.rows("orders")
    assert (stored["number"], stored["shop_state"], stored["total_cents"]) == ("A-77", "shipped", 3550)
    assert [row["product_id"] for row in await shops.rows("purchases")] == ["9"], (
        "by the shop's number of the variation"
    )
    assert [row["tracking_number"] for row in await shops.rows("shipments")] == ["1Z2345"]
    assert [row["cents"] for row in await shops.rows("refunds")] == [500]
    assert [row["pieces"] for row in await shops.rows("stock")] == [4]
    assert "Gus" not in str([await shops.rows(name) for name in ("orders", "customers", "webhook_deliveries")])
    report = await shops.engine[PULLS].pull("blog")
    assert report.counts[StoreResult.STORED] == 0, "the pull finds what the webhooks brought"
    assert await woo(shops, "order.deleted", {"id": 77}) == 200
    assert await woo(shops, "product.deleted", {"id": 9}) == 200
    await shops.work()
    assert (await shops.rows("orders"))[0]["shop_state"] == "cancelled"
    assert (await shops.rows("products", product_id="9"))[0]["status"] == "archived"


MEDUSA_ORDER: dict[str, Any] = {
    "id": "order_01",
    "display_id": 12,
    "email": "guest@example.com",
    "currency_code": "eur",
    "created_at": "2026-11-10T10:00:00.000Z",
    "updated_at": "2026-11-12T10:00:00.000Z",
    "payment_status": "captured",
    "fulfillment_status": "shipped",
    "total": 35.5,
    "items": [{"product_title": "Shirt", "variant_title": "M", "variant_id": "variant_m", "quantity": 1, "total": 30}],
    "fulfillments": [
        {
            "id": "ful_1",
            "shipped_at": "2026-11-12T10:00:00.000Z",
            "labels": [{"tracking_number": "1Z2345", "tracking_url": "https://ups.example/1Z2345"}],
        }
    ],
}


async def test_medusa_sends_ids_and_is_asked_for_the_rest(shops: ConnectedShops, shop: StandInShop) -> None:
    token = await shops.connect("med", SourceKind.MEDUSA, base_url=shop.url, access_token="sk_1")
    shop.answers = {"/admin/orders/order_01": {"order": MEDUSA_ORDER}}

    async def tell(topic: str, body: Any, bearer: str, delivery: str) -> int:
        headers = {
            "Authorization": f"Bearer {bearer}",
            "X-Promobot-Topic": topic,
            "X-Promobot-Delivery-Id": delivery,
        }
        return (await shops.send("POST", "/hooks/med", json.dumps(body).encode(), headers)).status

    assert await tell("order.placed", {"id": "order_01"}, "pbs_wrong", "1") == 401
    assert await tell("order.placed", {"id": "order_01"}, token, "1") == 200
    shop.failures = 1
    await shops.work()
    assert await shops.rows("orders") == [], "the shop was busy"
    shops.clock.advance(shops.lease)
    await shops.work()
    (stored,) = await shops.rows("orders")
    assert (stored["number"], stored["shop_state"], stored["total_cents"]) == ("12", "shipped", 3550)
    assert await tell("shipment.created", {"id": "ful_1", "order_id": "order_01"}, token, "2") == 200
    await shops.work()
    (parcel,) = await shops.rows("shipments")
    assert (parcel["tracking_number"], parcel["tracking_url"]) == ("1Z2345", "https://ups.example/1Z2345")
    expected = base64.b64encode(b"sk_1:").decode()
    assert {found["Authorization"] for found in shop.headers} == {f"Basic {expected}"}


async def test_a_shop_of_its_own_signs_what_it_sends(shops: ConnectedShops) -> None:
    await shops.connect("own", SourceKind.GENERIC)
    tea = {"topic": "catalogue", "data": {"products": [{"product_id": "tea", "title": "Tea"}]}}
    assert (await shops.signed(tea)).status == 200
    late = await shops.signed(tea, late_s=7200)
    assert late.status == 401
    assert "The signature says 2026-11-22 08:00:00 UTC, the clock here 2026-11-22 10:00:00 UTC" in late.body["message"]
    ahead = await shops.signed(tea | {"data": {"products": []}}, late_s=-7200)
    assert (ahead.status, len(await shops.rows("webhook_deliveries"))) == (401, 1)
    await shops.work()
    assert [row["title"] for row in await shops.rows("products")] == ["Tea"]


async def test_a_source_that_its_shop_disconnected_writes_no_more(shops: ConnectedShops) -> None:
    token = shops.tokens["berlin"]
    await shops.shopify("app/uninstalled", {"id": 1})
    await shops.work()
    assert (await shops.write("GET", "/customers/ada", token=token)).status == 401
    source = await shops.engine[SOURCES].get("berlin")
    assert source.disabled_at is not None
