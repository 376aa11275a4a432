"""Customers are exported, merged and forgotten, in both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import insert, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway import keys
from gateway.conversations.audit import audit_log
from gateway.conversations.records import Conversation, ShopperMessage
from gateway.conversations.write import shopper_writes
from promo_engine.domain.connections.shop_sources import SourceKind
from promo_engine.domain.customers.email_hash import email_hash
from promo_engine.storage.repositories.connections.person_rows import DELETED, MOVED, RENAMED, tables_of_customers
from promo_engine.storage.sqlite.in_place import reading
from promo_engine.storage.tables import change_requests, customer_states, orders
from tests.integration.connections.test_shopify_webhooks_arrive import ORDER, PARCEL
from tests.support.connected_shops import ConnectedShops

NUMBER, ADDRESS = "207119551", "customer@example.com"
HASH = email_hash(ADDRESS)
ID = f"email:{HASH[:48]}"
WORDS = "where is my very own zebra"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
CUSTOMER: dict[str, Any] = {
    "id": int(NUMBER),
    "email": ADDRESS,
    "created_at": "2026-11-01T10:00:00Z",
    "updated_at": "2026-11-01T10:00:00Z",
    "state": "enabled",
    "tags": "vip",
    "default_address": {"country_code": "DE", "name": "Zora Example"},
}
CONTEXT = {"trigger": "after_service", "intent": None, "sentiment": None, "turn_count": 3, "basket_cents": 0}
PERSON = {"shop_domain": "berlin.myshopify.com", "customer": {"id": int(NUMBER), "email": ADDRESS}}


async def live(shops: ConnectedShops) -> None:
    """Let the customer order, look, chat, and say no to promotions."""
    await shops.shopify("customers/create", CUSTOMER)
    await shops.shopify("orders/create", ORDER)
    await shops.work()
    await shops.shopify("fulfillments/create", PARCEL | {"order_id": 1, "destination": {"email": ADDRESS}})
    async with shops.database.begin() as connection:
        request = {"change_request_id": "x-1", "order_id": str(ORDER["id"]), "kind": "address", "state": "asked"}
        words = {"customer_id": ID, "conversation_id": "c-1", "details": WORDS, "reason": WORDS, "asked_at": NOW}
        await connection.execute(insert(change_requests).values(**request, **words, next_try_at=NOW))
    event = {"event_id": "e-1", "kind": "view", "customer_id": ID, "occurred_at": "2026-11-21T10:00:00Z"}
    await shops.ask("POST", "/v1/events", {"events": [event | {"product_id": "GREEN"}]})
    decision = {"conversation_id": "c-1", "request_id": "r-1", "customer_id": NUMBER, "conversation_context": CONTEXT}
    decided = await shops.ask("POST", "/v1/decisions", decision)
    assert decided.status == 200, decided.body
    await shops.ask("PUT", f"/v1/customers/{ID}/promotions", {"allowed": False})
    log = shops.gateway[keys.LOG]
    for name, subject in (("c-1", ID), ("c-2", NUMBER)):
        talk = Conversation(name, subject=f"customer:{subject}", customer_id=subject, started_at=NOW)
        await log.write(partial(shopper_writes.add_conversation, conversation=talk))
        said = ShopperMessage(f"m-{name}", name, f"cm-{name}", WORDS, NOW)
        await log.write(partial(shopper_writes.receive_text, message=said))


async def everything(database: AsyncEngine) -> dict[str, str]:
    """All rows of all tables as text, by table."""
    async with reading(database) as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        found = {}
        for name in names:
            rows = (await connection.execute(text(f'SELECT * FROM "{name}"'))).all()
            found[name] = " ".join(str(value) for row in rows for value in row)
        return found


async def everything_of_the_gateway(shops: ConnectedShops) -> dict[str, str]:
    def read(connection: Any) -> dict[str, str]:
        found = {}
        for name in inspect(connection).get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{name}"')).all()
            found[name] = " ".join(str(value) for row in rows for value in row)
        return found

    return await shops.gateway[keys.LOG].read(read)


def test_every_table_of_customers_has_an_answer_to_merge_and_redact() -> None:
    assert tables_of_customers() == {*MOVED, customer_states}
    assert tables_of_customers() == {*RENAMED, *DELETED, orders, change_requests}, "the last two by their orders"


async def test_nothing_of_a_redacted_customer_is_found_anywhere(shops: ConnectedShops) -> None:
    await live(shops)
    before = await everything(shops.database)
    assert ID in before["decisions"], "a shop's own number is read as the customer"
    assert ADDRESS in before["webhook_deliveries"], "a message waits for its order"
    answer = await shops.shopify("customers/redact", PERSON | {"orders_to_redact": [ORDER["id"]]})
    assert answer.status == 200
    await shops.work()
    await shops.gateway[keys.PRIVACY].do_all()
    for name, rows in {**await everything(shops.database), **await everything_of_the_gateway(shops)}.items():
        for trace in (NUMBER, ADDRESS, HASH, HASH[:48], "zebra"):
            assert trace not in rows, (name, trace)
    (order,) = await shops.rows("orders")
    assert (order["total_cents"], order["redacted"]) == (40994, True)
    assert order["customer_id"].startswith("redacted:")
    (decision,) = await shops.rows("decisions")
    assert decision["customer_id"].startswith("redacted:")
    assert decision["customer_id"] != order["customer_id"]
    entries = await shops.gateway[keys.LOG].read(partial(audit_log.audit, before=None, limit=10))
    (change,) = await shops.rows("change_requests")
    assert (change["state"], change["next_try_at"]) == ("failed", None), "without an address there is nothing to send"
    (entry,) = [found for found in entries if found["action"] == "privacy_redact"]
    assert (entry["name"], entry["details"]["conversations"]) == ("source:berlin", 2)


async def test_what_the_shop_sends_later_does_not_bring_the_customer_back(shops: ConnectedShops) -> None:
    await live(shops)
    await shops.shopify("customers/redact", PERSON)
    await shops.work()
    later = ORDER | {"updated_at": "2026-11-21T11:00:00-05:00", "fulfillment_status": "fulfilled"}
    await shops.shopify("orders/updated", later)
    shops.clock.advance(shops.lease)
    await shops.work()
    (order,) = await shops.rows("orders")
    assert (order["shop_state"], order["redacted"]) == ("shipped", True)
    assert order["customer_id"].startswith("redacted:")
    assert (order["email_hash"], order["postcode_hash"]) == ("", "")
    assert await shops.rows("customers", customer_id=ID) == []


async def test_privacy_topics_are_answered_when_nobody_is_known_and_refused_when_nobody_signed(
    shops: ConnectedShops,
) -> None:
    for topic in ("customers/redact", "customers/data_request"):
        assert (await shops.shopify(topic, PERSON)).status == 200
        assert (await shops.shopify(topic, PERSON, X_Shopify_Hmac_Sha256="no")).status == 401
    await shops.work()
    assert {row["state"] for row in await shops.rows("webhook_deliveries")} == {"done"}
    await shops.gateway[keys.PRIVACY].do_all()
    assert {row["state"] for row in await shops.rows("privacy_requests")} == {"done"}
    traces = str(await shops.rows("privacy_requests", kind="redact"))
    assert NUMBER not in traces


async def test_an_export_holds_what_engine_and_gateway_know(shops: ConnectedShops) -> None:
    await live(shops)
    await shops.shopify("customers/data_request", PERSON | {"orders_requested": [ORDER["id"]]})
    await shops.work()
    await shops.gateway[keys.PRIVACY].do_all()
    (request,) = await shops.rows("privacy_requests", kind="export")
    export = request["export"]
    engine = export["engine"][ID]
    assert engine["orders"][0]["number"] == "#1001"
    assert {"customers", "purchases", "decisions", "customer_events", "promotion_refusals"} <= set(engine)
    assert {WORDS} == {talk["messages"][0]["text"] for talk in export["conversations"].values()}
    token = shops.tokens["berlin"]
    read = await shops.write("GET", f"/privacy-requests/{request['request_id']}", token=token)
    assert read.body["export"] == export
    await shops.shopify("customers/redact", PERSON)
    await shops.work()
    read = await shops.write("GET", f"/privacy-requests/{request['request_id']}", token=token)
    assert read.body["export"] is None, "an export goes with whom it exports"


async def test_a_guest_who_makes_an_account_is_one_person_also_while_chatting(shops: ConnectedShops) -> None:
    await shops.connect("own", SourceKind.GENERIC)
    await live(shops)
    await shops.write("PUT", "/customers/account-7", {"guest": False}, token=shops.tokens["own"])
    guest = ORDER | {"id": 2, "name": "#1002", "email": "guest@example.com", "customer": {}}
    await shops.shopify("orders/create", guest)
    await shops.work()
    guest_id = f"email:{email_hash('guest@example.com')[:48]}"
    decision = {"conversation_id": "c-9", "request_id": "r-1", "customer_id": guest_id, "conversation_context": CONTEXT}
    assert (await shops.ask("POST", "/v1/decisions", decision)).status == 200
    merged = await shops.write("PUT", "/customers/account-7", {"email": "guest@example.com"}, token=shops.tokens["own"])
    assert merged.body["customer_id"] == "account-7"
    assert (await shops.rows("orders", order_id="2"))[0]["customer_id"] == "account-7"
    again = await shops.ask("POST", "/v1/decisions", decision | {"request_id": "r-2"})
    assert again.status == 200, "the page still sends the guest's id"
    assert {row["customer_id"] for row in await shops.rows("decisions", conversation_id="c-9")} == {"account-7"}
    listed = await shops.ask("GET", f"/v1/customers/{guest_id}/orders?limit=5")
    assert [order["order_id"] for order in listed.body["orders"]] == ["2"]
    await shops.shopify("customers/redact", {"customer": {"id": 1, "email": "guest@example.com"}})
    await shops.work()
    assert await shops.rows("customers", customer_id=guest_id) == []
    assert await shops.rows("customers", customer_id="account-7") == []


async def test_a_shop_that_is_redacted_leaves_nothing(shops: ConnectedShops) -> None:
    await live(shops)
    await shops.shopify("shop/redact", {"shop_domain": "berlin.myshopify.com"})
    await shops.work()
    for table in ("orders", "purchases", "webhook_deliveries", "shop_sources", "customer_aliases"):
        assert await shops.rows(table) == [], table
    assert (await shops.shopify("orders/create", ORDER)).status == 401
    kinds = [row["kind"] for row in await shops.rows("privacy_requests")]
    assert sorted(kinds) == ["redact", "redact_source"]
