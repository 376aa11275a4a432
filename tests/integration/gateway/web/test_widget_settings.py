"""What a page learns before anybody chats, the rules' own API, and the demo's checkout."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from common.clock import utc_now
from gateway.admin.access.guard import COOKIE
from gateway.conversations.audit import admin_accounts
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.keys import GUARD, LOG
from tests.integration.gateway.admin_client import PASSWORD, Person
from tests.integration.gateway.played_servers import EngineServer, contract
from tests.integration.gateway.running_gateway import ADMIN_TOKEN, Gateway

READER = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
LINES = [{"product_id": "1095275", "quantity": 2}]


@pytest.fixture
async def marketer(gateway: Gateway) -> Any:
    """Headers of somebody who may change rules."""
    hashed = await gateway.app[GUARD].passwords.hash(PASSWORD)
    admin = admin_accounts.Admin(name="mo", role="marketer", password_hash=hashed, created_at=utc_now())
    entry = AuditEntry(name="tests", action="add_admin", subject="mo", at=utc_now())
    await gateway.app[LOG].write(partial(admin_accounts.add_admin, admin=admin, entry=entry))
    body = {"name": "mo", "password": PASSWORD}
    async with gateway.http.post(gateway.url("/admin/api/login"), json=body) as response:
        assert response.status == 200
        cookie = response.cookies[COOKIE].value
        return {"Cookie": f"{COOKIE}={cookie}", "X-CSRF-Token": (await response.json())["csrf_token"]}


async def ask(gateway: Gateway, method: str, path: str, **request: Any) -> Any:
    async with gateway.http.request(method, gateway.url(path), **request) as response:
        return response.status, await response.json()


async def test_a_rule_is_saved_shown_to_pages_and_removed(gateway: Gateway, marketer: Person) -> None:
    rule = {"url": "/basket*", "basket_from_cents": 3000}
    status, _ = await ask(gateway, "PUT", "/admin/api/triggers/full-basket", json={"rule": rule}, headers=marketer)
    assert status == 200
    off = {"rule": {"exit_intent": True}, "enabled": False}
    await ask(gateway, "PUT", "/admin/api/triggers/leaving", json=off, headers=marketer)
    async with gateway.http.get(gateway.url("/api/widget")) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        shown = await response.json()
    assert shown["triggers"] == [{"trigger_id": "full-basket", **rule, "per_day": 1}]
    assert shown["consent_version"] == "1"
    _, body = await ask(gateway, "GET", "/admin/api/triggers", headers=READER)
    assert [(row["trigger_id"], row["enabled"], row["changed_by"]) for row in body["triggers"]] == [
        ("full-basket", True, "mo"),
        ("leaving", False, "mo"),
    ]
    assert (await ask(gateway, "DELETE", "/admin/api/triggers/leaving", headers=marketer))[0] == 200
    assert (await ask(gateway, "DELETE", "/admin/api/triggers/leaving", headers=marketer))[0] == 404


DELIVERY = """delivery:
  countries: [DE, GB, "NO"]
  costs:
    - {countries: [DE], cents: 495, free_from_cents: 6000}
    - {countries: [GB], cents: 595, currency: GBP}
"""


@pytest.mark.parametrize(
    "rule",
    [{}, {"per_day": 2}, {"scroll_percent": 101}, {"url": "basket"}, {"of": "tomorrow"}, {"custom_event": "a b"}],
)
async def test_a_wrong_rule_is_refused_and_not_kept(gateway: Gateway, marketer: Person, rule: dict[str, Any]) -> None:
    status, error = await ask(gateway, "PUT", "/admin/api/triggers/wrong", json={"rule": rule}, headers=marketer)
    assert (status, error["code"]) == (400, "invalid_request")
    assert (await ask(gateway, "GET", "/api/widget"))[1]["triggers"] == []


async def test_readers_change_no_rules(gateway: Gateway) -> None:
    rule = {"rule": {"exit_intent": True}}
    assert (await ask(gateway, "PUT", "/admin/api/triggers/x", json=rule, headers=READER))[0] == 403
    assert (await ask(gateway, "PUT", "/admin/api/triggers/x", json=rule))[0] == 401


async def test_the_demo_prices_a_basket_by_the_engines_prices_for_whoever_the_token_says(
    gateway: Gateway, engine: EngineServer
) -> None:
    token = await gateway.token("1228")
    body = {"token": token, "lines": LINES, "codes": ["K7QF-2M9T-XW4H-3BNC-D"]}
    status, answer = await ask(gateway, "POST", "/api/demo/quote", json=body)
    assert (status, answer) == (200, {**contract("engine")["quote"]["response"], "delivery_known": False})
    [basket] = engine.baskets
    assert basket["customer_id"] == "1228"
    assert basket["lines"] == [{"line_id": "1", "product_id": "1095275", "quantity": 2, "unit_price_cents": 479}]


async def test_the_demo_tells_any_product_that_sells(gateway: Gateway, engine: EngineServer) -> None:
    shown = await ask(gateway, "GET", "/api/demo/products/1095275")
    assert shown == (200, contract("engine")["product"]["response"])
    status, error = await ask(gateway, "GET", "/api/demo/products/nothing")
    assert (status, error["code"]) == (404, "unknown_product")


async def test_the_demo_says_what_shop_it_is(gateway: Gateway, tmp_path: Path) -> None:
    nothing: dict[str, Any] = {"name": None, "demo": None, "currencies": [], "countries": []}
    assert await ask(gateway, "GET", "/api/demo/shop") == (200, nothing)
    await gateway.stop()
    gateway.settings.shop_file = tmp_path / "shop.yml"
    gateway.settings.shop_file.write_text(
        "name: Trail & Tarn\ndemo: simulated\ncurrency: EUR\ncurrencies: [GBP, EUR]\n" + DELIVERY
    )
    await gateway.start()
    countries = [
        {"code": "DE", "currency": "EUR"},
        {"code": "GB", "currency": "GBP"},
        {"code": "NO", "currency": None},
    ]
    shop = {"name": "Trail & Tarn", "demo": "simulated", "currencies": ["EUR", "GBP"], "countries": countries}
    assert await ask(gateway, "GET", "/api/demo/shop") == (200, shop)


@pytest.mark.parametrize(
    ("wanted", "quantity", "country", "cents", "known"),
    [
        ({}, 2, "DE", 495, True),
        ({"country": "DE"}, 12, "DE", 495, True),  # 57.48
        ({"country": "DE"}, 13, "DE", 0, True),  # free from 60.00 on
        ({"country": "GB", "currency": "GBP"}, 13, "GB", 595, True),
        ({"country": "GB"}, 2, "GB", 0, False),  # its cost is in another currency
        ({"country": "NO"}, 2, "NO", 0, False),
    ],
)
async def test_delivery_costs_what_the_shops_file_says(
    gateway: Gateway,
    engine: EngineServer,
    tmp_path: Path,
    wanted: dict[str, str],
    quantity: int,
    *,
    country: str,
    cents: int,
    known: bool,
) -> None:
    await gateway.stop()
    gateway.settings.shop_file = tmp_path / "shop.yml"
    gateway.settings.shop_file.write_text("currency: EUR\n" + DELIVERY)
    engine.currency = wanted.get("currency", "EUR")
    await gateway.start()
    body = {"lines": [{"product_id": "1095275", "quantity": quantity}], **wanted}
    status, answer = await ask(gateway, "POST", "/api/demo/quote", json=body)
    assert (status, answer["delivery_known"]) == (200, known)
    assert (engine.baskets[-1]["country"], engine.baskets[-1]["delivery_cents"]) == (country, cents)
    status, error = await ask(gateway, "POST", "/api/demo/quote", json={**body, "country": "US"})
    assert (status, error["code"], error["field"]) == (400, "not_delivered", "country")


async def test_pictures_come_in_their_colours_and_from_their_folder_alone(gateway: Gateway, tmp_path: Path) -> None:
    gateway.settings.demo_pictures_dir = tmp_path / "pictures"
    (tmp_path / "pictures").mkdir()
    for path in ("pictures/tt001.svg", "pictures/tt001-moss.svg", "secret.svg"):
        (tmp_path / path).write_text(f"<svg>{path}</svg>")

    async def picture(path: str) -> tuple[int, str, str]:
        async with gateway.http.get(gateway.url(path)) as answer:
            return answer.status, answer.content_type, await answer.text()

    assert await picture("/pictures/tt001.svg") == (200, "image/svg+xml", "<svg>pictures/tt001.svg</svg>")
    moss = (200, "image/svg+xml", "<svg>pictures/tt001-moss.svg</svg>")
    assert await picture("/pictures/tt001.svg?colour=moss") == moss
    assert (await picture("/pictures/tt001.svg?colour=../secret"))[2] == "<svg>pictures/tt001.svg</svg>"
    assert (await picture("/pictures/tt002.svg"))[0] == 404
    assert (await picture("/pictures/..%2Fsecret.svg"))[0] == 404


async def test_prices_are_asked_for_in_the_currency_of_the_page(gateway: Gateway, engine: EngineServer) -> None:
    await ask(gateway, "GET", "/api/demo/products?currency=GBP")
    await ask(gateway, "GET", "/api/demo/products/1095275?currency=GBP")
    await ask(gateway, "POST", "/api/demo/quote", json={"lines": LINES, "currency": "GBP"})
    await ask(gateway, "GET", "/api/demo/products")
    assert engine.currencies == ["GBP", "GBP", "GBP", None]
    status, error = await ask(gateway, "GET", "/api/demo/products?currency=pounds")
    assert (status, error["field"]) == (400, "currency")


async def test_an_order_with_a_code_redeems_it_and_one_without_does_not(gateway: Gateway, engine: EngineServer) -> None:
    status, with_code = await ask(
        gateway, "POST", "/api/demo/orders", json={"lines": LINES, "codes": ["X"], "order_id": "w-1"}
    )
    assert (status, with_code["redemption_id"]) == (200, contract("engine")["redeem"]["response"]["redemption_id"])
    assert engine.baskets[-1]["order_id"] == "w-1"
    _, without = await ask(gateway, "POST", "/api/demo/orders", json={"lines": LINES, "order_id": "w-2"})
    assert without["redemption_id"] is None
    assert "order_id" not in engine.baskets[-1]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"product_id": "unknown", "quantity": 1}]}, "lines.product_id"),
        ({"lines": [{"product_id": "1095275", "quantity": 1, "unit_price_cents": 1}]}, "lines.0.unit_price_cents"),
        ({"lines": LINES, "token": "forged"}, "token"),
    ],
)
async def test_a_wrong_basket_is_refused(gateway: Gateway, engine: EngineServer, body: Any, field: str) -> None:
    status, error = await ask(gateway, "POST", "/api/demo/quote", json=body)
    assert status in {400, 401}
    assert error["field"] == field
    assert engine.baskets == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/demo/shop"),
        ("GET", "/pictures/tt001.svg"),
        ("GET", "/api/demo/products"),
        ("GET", "/api/demo/products/1095275"),
        ("POST", "/api/demo/quote"),
        ("POST", "/api/demo/orders"),
    ],
)
async def test_without_the_demo_there_is_no_checkout(gateway: Gateway, method: str, path: str) -> None:
    gateway.settings.demo_sign_in = False
    assert (await ask(gateway, method, path, json={"lines": LINES}))[1]["code"] == "demo_sign_in_off"
