"""Sign-in, pages, readiness, metrics and the admin API."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from pydantic import HttpUrl

from tests.integration.gateway.running_gateway import ADMIN_TOKEN, TOKEN_SECRET, Gateway

ADMIN = {"Authorization": f"Bearer {ADMIN_TOKEN}"}


async def ask(gateway: Gateway, method: str, path: str, **more: Any) -> Any:
    async with gateway.http.request(method, gateway.url(path), **more) as response:
        is_json = response.content_type == "application/json"
        return response.status, await response.json() if is_json else await response.text(), response.headers


async def test_an_unknown_household_is_not_found(gateway: Gateway) -> None:
    status, body, _ = await ask(gateway, "POST", "/api/session", json={"household_id": "nobody"})
    assert (status, body["code"], body["field"]) == (404, "unknown_customer", "customer_id")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"household_id": 7}', b'{"household_id": "../x"}', b'{"who": "me"}'])
async def test_a_bad_session_request_is_refused(gateway: Gateway, body: Any) -> None:
    status, answer, _ = await ask(gateway, "POST", "/api/session", data=body)
    assert (status, answer["code"], set(answer)) == (400, "invalid_request", {"code", "message", "field"})


async def test_an_engine_that_is_down_is_said_so(gateway: Gateway) -> None:
    await gateway.stop()
    gateway.settings.engine_url = HttpUrl("http://127.0.0.1:1")
    await gateway.start()
    status, body, _ = await ask(gateway, "GET", "/api/demo/customers")
    assert (status, body["code"]) == (503, "engine_unavailable")
    status, body, _ = await ask(gateway, "GET", "/ready")
    assert (status, body) == (
        503,
        {"status": "not_ready", "parts": {"log": "ok", "bot": "ok", "engine": "unavailable"}},
    )
    assert (await ask(gateway, "GET", "/health"))[0] == 200


async def test_a_stranger_stays_the_same_by_showing_the_old_token_even_when_it_has_ended(gateway: Gateway) -> None:
    _, first, _ = await ask(gateway, "POST", "/api/session", json={"household_id": None})
    widget = await gateway.widget()
    conversation_id = (await widget.hello(first["token"]))["conversation_id"]
    claims = jwt.decode(first["token"], options={"verify_signature": False})
    ended = jwt.encode({**claims, "exp": time.time() - 24 * 3600}, TOKEN_SECRET, algorithm="HS256")
    for shown, same in ((ended, True), ("forged", False), (await gateway.token("1228"), False)):
        _, again, _ = await ask(gateway, "POST", "/api/session", json={"household_id": None, "renew": shown})
        reply = await (await gateway.widget()).hello(again["token"], conversation_id)
        assert (reply["type"] == "welcome") is same, shown
    forged = jwt.encode({**claims, "customer_id": "1228"}, TOKEN_SECRET, algorithm="HS256")
    assert (await (await gateway.widget()).hello(forged))["customer_id"] is None


async def test_with_demo_sign_in_off_only_the_shops_tokens_open_a_chat(gateway: Gateway) -> None:
    demo_token = await gateway.token()
    await gateway.stop()
    gateway.settings.demo_sign_in = False
    await gateway.start()
    household = {"household_id": "1228"}
    for method, path, sent in (("POST", "/api/session", household), ("GET", "/api/demo/customers", None)):
        status, body, _ = await ask(gateway, method, path, json=sent)
        assert (status, body["code"]) == (403, "demo_sign_in_off")
    claims = {"iss": "shop", "aud": "promobot", "sub": "1228", "customer_id": "1228", "exp": time.time() + 60}
    widget = await gateway.widget()
    assert (await widget.hello(demo_token))["code"] == "invalid_token"
    welcome = await widget.hello(jwt.encode(claims, TOKEN_SECRET, algorithm="HS256"))
    assert (welcome["type"], welcome["customer_id"]) == ("welcome", "1228")


@pytest.mark.parametrize(
    ("changes", "secret", "code"),
    [
        ({"exp": 1}, TOKEN_SECRET, "token_expired"),
        ({}, "another-secret-0123456789-0123456789", "invalid_token"),
        ({"aud": "else"}, TOKEN_SECRET, "invalid_token"),
        ({"iss": "else"}, TOKEN_SECRET, "invalid_token"),
        ({"sub": None}, TOKEN_SECRET, "invalid_token"),
        ({"customer_id": 7}, TOKEN_SECRET, "invalid_token"),
    ],
)
async def test_bad_tokens_open_nothing(gateway: Gateway, changes: dict[str, Any], secret: str, code: str) -> None:
    claims = {"iss": "shop", "aud": "promobot", "sub": "x", "customer_id": None, "exp": time.time() + 60} | changes
    widget = await gateway.widget()
    assert (await widget.hello(jwt.encode(claims, secret, algorithm="HS256")))["code"] == code
    assert (await widget.hello("no.token.atall"))["code"] == "invalid_token"


async def test_an_unsigned_token_opens_nothing(gateway: Gateway) -> None:
    claims = {"iss": "shop", "aud": "promobot", "sub": "x", "customer_id": "1228", "exp": time.time() + 60}
    widget = await gateway.widget()
    assert (await widget.hello(jwt.encode(claims, "", algorithm="none")))["code"] == "invalid_token"


async def test_the_admin_api_needs_its_token(gateway: Gateway) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {ADMIN_TOKEN}"}):
        for path in ("/admin/api/conversations", "/admin/api/conversations/c-1"):
            status, body, answered = await ask(gateway, "GET", path, headers=headers)
            assert (status, body["code"], answered["WWW-Authenticate"]) == (401, "unauthorized", "Bearer")


async def test_conversations_come_in_pages_the_latest_first(gateway: Gateway) -> None:
    started: list[str] = []
    for _ in range(3):
        widget, welcome = await gateway.chat()
        started.insert(0, welcome["conversation_id"])
        await widget.say("hello")
    await gateway.chat()  # a conversation in which nothing was said is none to read
    _, first, _ = await ask(gateway, "GET", "/admin/api/conversations?limit=2", headers=ADMIN)
    assert [row["conversation_id"] for row in first["conversations"]] == started[:2]
    assert [row["message_count"] for row in first["conversations"]] == [2, 2]
    path = f"/admin/api/conversations?limit=2&before={first['next_before']}"
    _, second, _ = await ask(gateway, "GET", path, headers=ADMIN)
    assert [row["conversation_id"] for row in second["conversations"]] == started[2:]
    assert second["next_before"] is None


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "²", "9" * 400, "000000001999"])
async def test_a_bad_page_size_is_refused(gateway: Gateway, limit: str) -> None:
    status, body, _ = await ask(gateway, "GET", f"/admin/api/conversations?limit={limit}", headers=ADMIN)
    assert (status, body["field"]) == (400, "limit")


async def test_unknown_conversations_and_pages_are_not_found(gateway: Gateway) -> None:
    for path in ("/admin/api/conversations/c-none", "/admin/api/conversations?before=c-none", "/nothing"):
        status, body, _ = await ask(gateway, "GET", path, headers=ADMIN)
        assert status == 404
        assert set(body) == {"code", "message", "field"}


async def test_the_shop_s_picture_host_may_be_shown_and_no_other(gateway: Gateway) -> None:
    gateway.settings.picture_hosts = "https://cdn.shop.example"
    _, _, headers = await ask(gateway, "GET", "/")
    policy = headers["Content-Security-Policy"].split("; ")
    assert "img-src 'self' data: https://cdn.shop.example" in policy
    assert "script-src 'self'" in policy
    with pytest.raises(ValueError, match="picture_hosts"):
        type(gateway.settings)(**gateway.settings.model_dump() | {"picture_hosts": "https://a.example; script-src *"})


async def test_the_page_is_served_with_a_strict_policy(gateway: Gateway) -> None:
    status, page, headers = await ask(gateway, "GET", "/")
    assert status == 200
    assert "<title>Shop</title>" in page
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-cache"
    assert (await ask(gateway, "GET", "/", headers={"If-None-Match": headers["ETag"]}))[0] == 304


async def test_hashed_files_are_cached_and_others_asked_for_again(gateway: Gateway) -> None:
    _, _, asset = await ask(gateway, "GET", "/assets/page-1a2b.js")
    assert "immutable" in asset["Cache-Control"]
    _, _, widget = await ask(gateway, "GET", "/widget.js")
    assert widget["Cache-Control"] == "no-cache"
    status, _, missing = await ask(gateway, "GET", "/assets/none.js")
    assert (status, missing["Cache-Control"]) == (404, "no-cache")
    for path in ("/assets/../../gateway.db", "/assets/%2e%2e/%2e%2e/gateway.db", "/..%2fgateway.db"):
        assert (await ask(gateway, "GET", path))[0] in {403, 404}


async def test_tokens_are_not_cached(gateway: Gateway) -> None:
    _, _, headers = await ask(gateway, "POST", "/api/session", json={"household_id": None})
    assert headers["Cache-Control"] == "no-store"


async def test_metrics_count_turns_and_sockets(gateway: Gateway) -> None:
    widget, _ = await gateway.chat()
    await widget.say("hello")
    _, text, _ = await ask(gateway, "GET", "/metrics")
    assert 'promobot_gateway_turns_total{result="answered"} 1.0' in text
    assert "promobot_gateway_turn_seconds_count 1.0" in text
    assert "promobot_gateway_open_sockets 1.0" in text
    assert "promobot_gateway_queued_turns 0.0" in text


async def test_a_body_that_is_too_large_is_refused(gateway: Gateway) -> None:
    status, body, _ = await ask(gateway, "POST", "/api/session", data=b" " * 40_000)
    assert (status, set(body)) == (413, {"code", "message", "field"})
