"""What a shop writes under /shop/v1: item by item, under its own token, the same again changes nothing."""

from __future__ import annotations

from typing import Any

from promo_engine.domain.connections.shop_sources import SourceKind, SourceScope
from tests.support.connected_shops import ConnectedShops

CATALOGUE: dict[str, Any] = {
    "categories": [
        {"category_id": "tea/green", "names": {"en": "Green tea"}, "parent_id": "tea"},
        {"category_id": "tea", "names": {"en": "Tea", "de": "Tee"}},
    ],
    "products": [
        {
            "product_id": "pot",
            "title": "Tea pot",
            "category_ids": ["tea/green"],
            "variants": [{"variant_id": "pot-1l", "prices": [{"currency": "EUR", "list_cents": 2500}]}],
        },
        {"product_id": "lamp", "title": "Lamp", "category_ids": ["lamps"]},
        {"product_id": "evil", "title": "Evil", "url": "javascript:alert(1)"},
    ],
    "prices": [
        {
            "variant_id": "pot-1l",
            "price": {"currency": "GBP", "list_cents": 2200},
            "reported_at": "2026-11-22T09:00:00Z",
        },
        {"variant_id": "cup", "price": {"currency": "GBP", "list_cents": 1}, "reported_at": "2026-11-22T09:00:00Z"},
    ],
    "stock": [{"variant_id": "pot-1l", "stock": {"pieces": 3}, "reported_at": "2026-11-22T09:00:00Z"}],
}
ORDER: dict[str, Any] = {
    "number": "#1001",
    "customer_id": "ada",
    "placed_at": "2026-11-20T10:00:00Z",
    "currency": "EUR",
    "total_cents": 2500,
    "lines": [{"title": "Tea pot", "quantity": 1, "line_cents": 2500, "variant_id": "pot-1l"}],
    "state": "paid",
    "shop_updated_at": "2026-11-20T12:00:00Z",
}


def results(answer: Any) -> list[tuple[str, str, str]]:
    return [(found["kind"], found["id"], found["result"]) for found in answer.body["results"]]


async def test_a_catalogue_is_stored_item_by_item(shops: ConnectedShops) -> None:
    token = await shops.connect("own", SourceKind.GENERIC)
    first = await shops.write("POST", "/catalogue", CATALOGUE, token=token)
    assert first.status == 200
    assert results(first) == [
        ("category", "tea/green", "stored"),
        ("category", "tea", "stored"),
        ("product", "pot", "stored"),
        ("product", "lamp", "refused"),
        ("product", "evil", "refused"),
        ("price", "pot-1l", "stored"),
        ("price", "cup", "refused"),
        ("stock", "pot-1l", "stored"),
    ]
    refused = {found["id"]: (found["field"], found["reason"]) for found in first.body["results"] if found["field"]}
    assert refused["lamp"] == ("category_ids", "there is no category lamps")
    assert refused["evil"][0] == "url"
    again = await shops.write("POST", "/catalogue", CATALOGUE, token=token)
    assert {result for _, _, result in results(again)} == {"unchanged", "refused"}
    assert {(row["currency"], row["list_cents"]) for row in await shops.rows("prices")} == {
        ("EUR", 2500),
        ("GBP", 2200),
    }
    assert [row["pieces"] for row in await shops.rows("stock")] == [3]
    old = {"stock": [{"variant_id": "pot-1l", "stock": {"pieces": 9}, "reported_at": "2026-11-21T09:00:00Z"}]}
    assert results(await shops.write("POST", "/catalogue", old, token=token)) == [("stock", "pot-1l", "stale")]


async def test_only_what_is_no_catalogue_at_all_is_refused_as_a_whole(shops: ConnectedShops) -> None:
    token = await shops.connect("own", SourceKind.GENERIC)
    many = {"products": [{"product_id": f"p{number}", "title": "P"} for number in range(501)]}
    bodies: tuple[Any, ...] = (b'{"products": [', b"[]", {"goods": []}, many)
    for body in bodies:
        answer = await shops.write("POST", "/catalogue", body, token=token)
        assert answer.status == 400, answer.body
    odd: dict[str, Any] = {"products": [1, None, [], {"product_id": 7}, {"product_id": "nul", "title": "a\0b"}]}
    answer = await shops.write("POST", "/catalogue", odd, token=token)
    assert (answer.status, {result for _, _, result in results(answer)}) == (200, {"refused"})
    assert await shops.rows("products") == []


async def test_a_token_may_do_what_its_scopes_say_and_no_more(shops: ConnectedShops) -> None:
    token = await shops.connect("till", SourceKind.GENERIC, scopes=frozenset({SourceScope.ORDERS}))
    assert (await shops.write("PUT", "/orders/1", ORDER, token=token)).status == 200
    refused = await shops.write("POST", "/catalogue", CATALOGUE, token=token)
    assert (refused.status, refused.body["code"]) == (403, "scope")
    assert (await shops.write("GET", "/customers/ada", token=token)).status == 403
    for wrong in (None, "pbs_nobody", shops.tokens["berlin"] + "x"):
        answer = await shops.write("PUT", "/orders/1", ORDER, token=wrong)
        assert (answer.status, answer.body["code"]) == (401, "unauthorized")
    (source,) = await shops.rows("shop_sources", source_id="till")
    assert token not in str(source), "the token is stored nowhere"


async def test_an_order_is_stored_and_an_older_report_of_it_is_stale(shops: ConnectedShops) -> None:
    token = await shops.connect("own", SourceKind.GENERIC)
    await shops.write("POST", "/catalogue", CATALOGUE, token=token)
    answer = await shops.write("PUT", "/orders/1", ORDER, token=token)
    assert (answer.status, answer.body["result"]) == (200, "stored")
    older = ORDER | {"state": "received", "shop_updated_at": "2026-11-20T11:00:00Z"}
    answer = await shops.write("PUT", "/orders/1", older, token=token)
    assert (answer.status, answer.body["result"]) == (200, "stale")
    newer = ORDER | {"state": "beamed up", "shop_updated_at": "2026-11-20T13:00:00Z"}
    refused = await shops.write("PUT", "/orders/1", newer, token=token)
    assert (refused.status, refused.body["code"], refused.body["field"]) == (400, "invalid_order", "state")
    assert (await shops.rows("orders"))[0]["shop_state"] == "paid"
    other = await shops.write("PUT", "/orders/2", ORDER | {"order_id": "3"}, token=token)
    assert (other.status, other.body["field"]) == (400, "order_id")


async def test_a_product_that_left_the_shop_stays_in_its_orders(shops: ConnectedShops) -> None:
    token = await shops.connect("own", SourceKind.GENERIC)
    await shops.write("POST", "/catalogue", CATALOGUE, token=token)
    await shops.write("PUT", "/orders/1", ORDER, token=token)
    answer = await shops.write("DELETE", "/products/pot", token=token)
    assert (answer.status, answer.body["status"]) == (200, "archived")
    assert [row["status"] for row in await shops.rows("products")] == ["archived"]
    assert [row["product_id"] for row in await shops.rows("purchases")] == ["pot"]
    assert (await shops.write("DELETE", "/products/nothing", token=token)).status == 404


async def test_an_order_moves_what_is_expected_of_its_customer_late_ones_too(shops: ConnectedShops) -> None:
    token = await shops.connect("own", SourceKind.GENERIC)
    await shops.write("POST", "/catalogue", CATALOGUE, token=token)
    await shops.write("PUT", "/orders/2", ORDER, token=token)
    late = ORDER | {"number": "#1000", "placed_at": "2026-10-01T10:00:00Z"}
    await shops.write("PUT", "/orders/1", late, token=token)
    (state,) = await shops.rows("customer_states")
    assert b'"baskets": 2' in state["state"]
    cancelled = ORDER | {"state": "cancelled", "cancelled_at": "2026-11-21T10:00:00Z"}
    await shops.write("PUT", "/orders/2", cancelled | {"shop_updated_at": "2026-11-21T10:00:00Z"}, token=token)
    (state,) = await shops.rows("customer_states")
    assert b'"baskets": 1' in state["state"], "a cancelled order is no purchase"


async def test_a_customer_is_written_read_and_found_under_every_name(shops: ConnectedShops) -> None:
    token = await shops.connect("own", SourceKind.GENERIC)
    body = {"email": "Ada@Example.com", "country": "DE", "segments": ["vip"], "aliases": {"crm": "77"}}
    written = await shops.write("PUT", "/customers/ada", body, token=token)
    assert (written.status, written.body) == (200, {"customer_id": "ada", "created": True, "segments": ["vip"]})
    read = await shops.write("GET", "/customers/77", token=token)
    assert (read.body["customer_id"], read.body["country"], read.body["guest"]) == ("ada", "DE", False)
    await shops.write("PUT", "/customers/ada", {"marketing_consent": True}, token=token)
    read = await shops.write("GET", "/customers/ada", token=token)
    assert (read.body["marketing_consent"], read.body["country"], read.body["segments"]) == (True, "DE", ["vip"])
    assert "example.com" not in str(await shops.rows("customers")).lower()
    assert (await shops.write("GET", "/customers/nobody", token=token)).status == 404


async def test_a_body_that_is_too_large_and_a_shop_that_is_too_fast_are_refused(shops: ConnectedShops) -> None:
    token = await shops.connect("own", SourceKind.GENERIC)
    large = await shops.write("POST", "/catalogue", b" " * (8 * 1024 * 1024 + 1), token=token)
    assert (large.status, large.body["code"]) == (400, "request_too_large")
    answers = [await shops.write("GET", "/customers/x", token="pbs_fast") for _ in range(3)]
    assert {answer.status for answer in answers} == {401}
    shops.set_rate(2)
    answers = [await shops.write("GET", "/customers/x", token="pbs_faster") for _ in range(3)]
    assert [answer.status for answer in answers] == [401, 401, 429]
    assert answers[-1].body["code"] == "too_many_requests"


async def test_no_path_leads_out_of_what_shops_may_do(shops: ConnectedShops) -> None:
    token = await shops.connect("own", SourceKind.GENERIC)
    for path in ("/customers/..%2Fpolicy", "/customers/%2e%2e", "/decisions", "/orders/1/cancel"):
        assert (await shops.write("GET", path, token=token)).status in {404, 405}, path
