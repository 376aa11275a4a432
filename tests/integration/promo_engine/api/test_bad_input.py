"""What is wrong is refused with one error shape, and nothing is written."""

import copy
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.api.routes import MAX_REQUEST_BYTES
from promo_engine.storage.tables import codes, customer_events, customers, decisions, orders, outcomes
from tests.support.api_client import ApiClient

DECIDE: dict[str, Any] = {
    "conversation_id": "c-1",
    "request_id": "m-1",
    "customer_id": "anna",
    "conversation_context": {"trigger": "after_service"},
}
PURCHASE: dict[str, Any] = {
    "event_id": "e-1",
    "kind": "purchase",
    "customer_id": "anna",
    "occurred_at": "2026-11-22T10:00:00Z",
    "order_id": "o-1",
    "lines": [{"product_id": "p-0", "quantity": 1, "sales_cents": 100}],
}


def changed(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The body with fields replaced; a field given as ... is left out."""
    merged = copy.deepcopy(body) | changes
    return {key: value for key, value in merged.items() if value is not ...}


def purchase(**changes: Any) -> dict[str, Any]:
    return {"events": [changed(PURCHASE, **changes)]}


def line(**changes: Any) -> dict[str, Any]:
    return purchase(lines=[changed(PURCHASE["lines"][0], **changes)])


async def rows(database: AsyncEngine) -> dict[str, int]:
    async with database.connect() as connection:
        return {
            table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (decisions, outcomes, codes, customer_events, orders, customers)
        }


async def refused(client: ApiClient, path: str, body: Any, *, method: str = "POST") -> tuple[int, str, str | None]:
    response = await client.request(method, path, json=body)
    error = await response.json()
    assert set(error) == {"code", "message", "field"}
    assert error["message"]
    return response.status, error["code"], error["field"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], None),
        (changed(DECIDE, conversation_id=...), "conversation_id"),
        (changed(DECIDE, conversation_id=""), "conversation_id"),
        (changed(DECIDE, conversation_id="c" * 65), "conversation_id"),
        (changed(DECIDE, conversation_id="c\x00"), "conversation_id"),
        (changed(DECIDE, customer_id=1228), "customer_id"),
        (changed(DECIDE, colour="red"), "colour"),
        (changed(DECIDE, conversation_context={"trigger": "whim"}), "conversation_context.trigger"),
        *(
            (
                changed(DECIDE, conversation_context={"trigger": "after_service"} | given),
                f"conversation_context.{field}",
            )
            for given, field in (
                ({"basket_cents": -1}, "basket_cents"),
                ({"currency": "EURO"}, "currency"),
                ({"currency": "XXX"}, "currency"),
                ({"country": "de"}, "country"),
                ({"channel": ""}, "channel"),
                ({"basket_categories": "TEA"}, "basket_categories"),
                ({"stock": {"p-1": -1}}, "stock.p-1"),
                ({"stock": {"": 1}}, "stock..[key]"),
            )
        ),
        (changed(DECIDE, explain="yes"), "explain"),
    ],
)
async def test_a_malformed_question(client: ApiClient, database: AsyncEngine, body: Any, field: str | None) -> None:
    before = await rows(database)
    assert await refused(client, "/v1/decisions", body) == (400, "invalid_request", field)
    assert await rows(database) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"events": []}, "events"),
        ({"events": [PURCHASE] * 101}, "events"),
        (line(sales_cents=-1), "events.0.lines.0.sales_cents"),
        (line(sales_cents=1.5), "events.0.lines.0.sales_cents"),
        (line(sales_cents=10**18), "events.0.lines.0.sales_cents"),
        (line(quantity=0), "events.0.lines.0.quantity"),
        (line(product_id=...), "events.0.lines.0.product_id"),
        (purchase(kind="theft"), "events.0"),
        (purchase(kind=...), "events.0"),
        (purchase(lines=[]), "events.0.lines"),
        (purchase(order_id=...), "events.0.order_id"),
        (purchase(occurred_at="2026-11-22T10:00:00"), "events.0.occurred_at"),
        (purchase(occurred_at="yesterday"), "events.0.occurred_at"),
        (purchase(occurred_at="0001-01-01T00:00:00+14:00"), "events.0.occurred_at"),
    ],
)
async def test_malformed_events(client: ApiClient, database: AsyncEngine, body: Any, field: str) -> None:
    before = await rows(database)
    assert await refused(client, "/v1/events", body) == (400, "invalid_request", field)
    assert await rows(database) == before


def looked_up(number: str, customer_id: str | None, **proof: str) -> dict[str, Any]:
    return {"number": number, "conversation_id": "c-1", "customer_id": customer_id, **proof}


def wanted(number: str, customer_id: str, kind: str) -> dict[str, Any]:
    return {"number": number, "kind": kind, "customer_id": customer_id, "conversation_id": "c-1"}


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b'{"conversation_id": "\\ud800"}', b"[" * 10_000])
async def test_wrong_json(client: ApiClient, text: bytes) -> None:
    for path in ("/v1/decisions", "/v1/events", "/v1/decisions/d/outcome", "/v1/order-lookups"):
        response = await client.post(path, data=text)
        error = await response.json()
        assert (response.status, error["code"]) == (400, "invalid_request")


async def test_what_the_catalogue_does_not_know_of_a_basket_stops_no_decision_and_is_counted(client: ApiClient) -> None:
    context = {"trigger": "after_service", "basket_categories": ["PIANOS"], "basket": [{"variant_id": "piano-black"}]}
    body = {"conversation_id": "c-1", "request_id": "m-1", "customer_id": "anna", "conversation_context": context}
    answer = await client.post("/v1/decisions", json=body)
    assert answer.status == 200, await answer.text()
    metrics = await (await client.get("/metrics")).text()
    for kind in ("category", "variant"):
        assert f'promobot_unknown_in_baskets{{kind="{kind}"}} 1.0' in metrics


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (
            "/v1/decisions/nothing/outcome",
            {"conversation_id": "c-1", "outcome": "accepted"},
            (404, "unknown_decision", "decision_id"),
        ),
        ("/v1/decisions/nothing/exposure", {"conversation_id": "c-1"}, (404, "unknown_decision", "decision_id")),
        (
            "/v1/decisions/d/outcome",
            {"conversation_id": "c-1", "outcome": "silent"},
            (400, "invalid_request", "outcome"),
        ),
        ("/v1/order-lookups", looked_up("nothing", "anna"), (404, "unknown_order", "number")),
        ("/v1/order-lookups", looked_up("o-new", "ben"), (404, "unknown_order", "number")),
        ("/v1/order-lookups", looked_up("o-new", None), (403, "proof_needed", None)),
        ("/v1/order-lookups", looked_up("\x00", "anna"), (400, "invalid_request", "number")),
        ("/v1/order-lookups", looked_up("", "anna"), (400, "invalid_request", "number")),
        ("/v1/order-lookups", looked_up("o-new", None, email="a@b.example"), (404, "unknown_order", "number")),
        ("/v1/change-requests", wanted("nothing", "anna", "cancel"), (404, "unknown_order", "number")),
        ("/v1/change-requests", wanted("o-new", "ben", "cancel"), (404, "unknown_order", "number")),
        ("/v1/change-requests", wanted("o-new", "anna", "return"), (409, "cannot_return", None)),
        ("/v1/change-requests", wanted("o-old", "anna", "cancel"), (409, "cannot_cancel", None)),
        ("/v1/change-requests", wanted("o-old", "anna", "address"), (409, "cannot_change_address", None)),
        ("/v1/change-requests", wanted("o-old", "anna", "burn"), (400, "invalid_request", "kind")),
        (
            "/v1/change-requests/nothing/answer",
            {"state": "confirmed"},
            (404, "unknown_change_request", "change_request_id"),
        ),
        ("/v1/change-requests/nothing/answer", {"state": "asked"}, (400, "invalid_request", "state")),
        ("/v1/change-requests/nothing/retry", {}, (404, "unknown_change_request", "change_request_id")),
        ("/v1/nothing", {}, (404, "unknown_path", None)),
        ("/v1/policy", {}, (405, "method_not_allowed", None)),
    ],
)
async def test_what_does_not_exist_or_fit(
    client: ApiClient, database: AsyncEngine, path: str, body: Any, expected: tuple[int, str, str | None]
) -> None:
    before = await rows(database)
    assert await refused(client, path, body) == expected
    assert await rows(database) == before


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/decisions/nothing", (404, "unknown_decision", "decision_id")),
        ("/v1/change-requests?state=lost", (400, "invalid_request", "state")),
        ("/v1/change-requests?kind=burn", (400, "invalid_request", "kind")),
        ("/v1/change-requests?limit=0", (400, "invalid_request", "limit")),
        ("/v1/webhooks/dead/7", (404, "unknown_delivery", "number")),
        ("/v1/webhooks/dead/seven", (404, "unknown_delivery", "number")),
        ("/v1/change-requests/nothing", (404, "unknown_change_request", "change_request_id")),
        ("/v1/customers/nobody/orders", (404, "unknown_customer", "customer_id")),
        ("/v1/customers/anna/orders?limit=21", (400, "invalid_request", "limit")),
        ("/v1/customers?limit=0", (400, "invalid_request", "limit")),
        ("/v1/customers?limit=many", (400, "invalid_request", "limit")),
        ("/v1/customers?colour=red", (400, "invalid_request", "colour")),
    ],
)
async def test_reading_what_is_not_there(client: ApiClient, path: str, expected: tuple[int, str, str | None]) -> None:
    assert await refused(client, path, None, method="GET") == expected


async def test_a_second_different_outcome(client: ApiClient, database: AsyncEngine) -> None:
    decision = await (await client.post("/v1/decisions", json=DECIDE)).json()
    path = f"/v1/decisions/{decision['decision_id']}/outcome"
    body = {"conversation_id": "c-1", "outcome": "declined"}
    assert (await client.post(path, json=body)).status == 200
    before = await rows(database)
    assert await refused(client, path, body | {"outcome": "accepted"}) == (409, "outcome_conflict", "outcome")
    assert await rows(database) == before


async def test_a_body_beyond_the_limit(client: ApiClient) -> None:
    response = await client.post("/v1/events", data=b" " * (MAX_REQUEST_BYTES + 1))
    assert (response.status, (await response.json())["code"]) == (413, "request_too_large")


async def test_events_are_refused_one_by_one(client: ApiClient) -> None:
    wrong = [purchase(occurred_at="2027-01-01T00:00:00Z"), purchase(event_id="e-2", order_id="o-new")]
    right = [purchase(event_id="e-3", order_id="o-3", customer_id="nobody")]
    events = [event for body in (*wrong, *right) for event in body["events"]]
    answer = await client.post("/v1/events", json={"events": events})
    reply = await answer.json()
    assert (answer.status, reply["accepted"]) == (200, 1)
    assert [(found["code"], found["field"]) for found in reply["refused"]] == [
        ("occurs_in_future", "events.0.occurred_at"),
        ("order_exists", "events.1.order_id"),
    ]
    decided = await client.post("/v1/decisions", json=changed(DECIDE, customer_id="somebody-new"))
    assert decided.status == 200, "whom the shop signed in is a customer, even if it has not told of them"
