"""Promotions and offers as their keepers make and change them over HTTP."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.support.api_client import ApiClient
from tests.support.fakes import Clock
from tests.support.small_shop import NOW

WINTER: dict[str, Any] = {
    "promotion_id": "winter",
    "name": "Winter",
    "starts_at": "2026-11-22T09:00:00Z",
    "ends_at": "2026-12-22T09:00:00Z",
    "limits": {"budget_cents": 10_000, "exposures_per_customer": {"count": 2, "days": 7}},
}
COFFEE: dict[str, Any] = {
    "offer_id": "coffee-1",
    "promotion_id": "winter",
    "title": "1 off coffee",
    "terms": "Once.",
    "benefit": {"kind": "fixed_amount", "amount_cents": 100},
    "categories": ["COFFEE"],
    "unit_cost_cents": 100,
    "starts_at": WINTER["starts_at"],
    "ends_at": WINTER["ends_at"],
}


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


async def send(
    client: ApiClient, method: str, path: str, body: Any = None, *, tag: str | None = None
) -> ClientResponse:
    headers = {"X-Actor": "eve"} | ({} if tag is None else {"If-Match": tag})
    return await client.request(method, f"/v1/{path}", json=body, headers=headers)


async def done(response: ClientResponse) -> Any:
    answer = await response.json()
    assert response.status == 200, answer
    return answer


async def refused(response: ClientResponse) -> tuple[int, str, str | None]:
    error = await response.json()
    return response.status, error["code"], error["field"]


async def make_winter(client: ApiClient, *, live: bool = True) -> None:
    await done(await send(client, "POST", "promotions", WINTER))
    await done(await send(client, "POST", "offers", COFFEE))
    if live:
        for path in ("offers/coffee-1", "promotions/winter"):
            await done(await send(client, "POST", f"{path}/transitions", {"transition": "schedule"}, tag='"1"'))


async def test_a_draft_becomes_live_and_ends_by_the_clock(client: ApiClient, clock: Clock) -> None:
    await make_winter(client, live=False)
    assert (await done(await send(client, "GET", "offers/coffee-1")))["state"] == "draft"
    moved = await send(client, "POST", "promotions/winter/transitions", {"transition": "schedule"}, tag='"1"')
    assert ((await done(moved))["state"], moved.headers["ETag"]) == ("live", '"2"')
    await done(await send(client, "POST", "offers/coffee-1/transitions", {"transition": "schedule"}, tag="*"))
    states = []
    for moment in (NOW - timedelta(hours=2), NOW, NOW + timedelta(days=31)):
        clock.now = moment
        states.append((await done(await send(client, "GET", "offers/coffee-1")))["state"])
    assert states == ["scheduled", "live", "ended"]


async def test_a_change_needs_the_version_it_was_made_from(client: ApiClient) -> None:
    await make_winter(client, live=False)
    body = without(WINTER, "promotion_id") | {"name": "Deep winter"}
    assert await refused(await send(client, "PUT", "promotions/winter", body)) == (428, "if_match_needed", "If-Match")
    changed = await send(client, "PUT", "promotions/winter", body, tag='"1"')
    assert ((await done(changed))["name"], changed.headers["ETag"]) == ("Deep winter", '"2"')
    assert await refused(await send(client, "PUT", "promotions/winter", body, tag='"1"')) == (
        412,
        "stale_version",
        None,
    )
    for tag in ('"one"', "W/1", ""):
        assert (await send(client, "DELETE", "promotions/winter", tag=tag)).status == 400


async def test_of_two_who_change_the_same_version_one_wins(client: ApiClient) -> None:
    await make_winter(client, live=False)
    body = without(COFFEE, "offer_id")
    answers = await asyncio.gather(
        *(send(client, "PUT", "offers/coffee-1", body | {"title": f"Title {i}"}, tag='"1"') for i in range(8))
    )
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7


async def test_the_record_says_who_changed_what(client: ApiClient) -> None:
    await make_winter(client)
    body = without(WINTER, "promotion_id") | {"limits": {"budget_cents": 20_000}}
    await done(await send(client, "PUT", "promotions/winter", body, tag='"2"'))
    await done(await send(client, "PUT", "promotions/winter", body, tag='"3"'))  # nothing new: nothing recorded
    first = await done(await client.get("/v1/promotions/winter/audit?limit=3"))
    rest = await done(await client.get(f"/v1/promotions/winter/audit?limit=3&after={first['next']}"))
    entries = first["entries"] + rest["entries"]
    assert [(entry["action"], entry["offer_id"], entry["actor"]) for entry in entries] == [
        ("created", None, "eve"),
        ("created", "coffee-1", "eve"),
        ("schedule", "coffee-1", "eve"),
        ("schedule", None, "eve"),
        ("changed", None, "eve"),
    ]
    assert entries[3]["changes"] == {"state": ["draft", "scheduled"]}
    before, after = entries[4]["changes"]["limits"]
    assert (before["budget_cents"], after["budget_cents"]) == (10_000, 20_000)
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("transitions", "expected"),
    [
        (["pause", "resume", "pause", "end"], "ended"),
        (["end"], "ended"),
    ],
)
async def test_the_ways_through_the_states(client: ApiClient, transitions: list[str], expected: str) -> None:
    await make_winter(client)
    for transition in transitions:
        answer = await send(client, "POST", "promotions/winter/transitions", {"transition": transition}, tag="*")
    assert (await done(answer))["state"] == expected


async def test_a_way_that_is_not_there_is_refused(client: ApiClient) -> None:
    await make_winter(client)
    for transition in ("schedule", "resume"):
        answer = await send(client, "POST", "promotions/winter/transitions", {"transition": transition}, tag="*")
        assert await refused(answer) == (409, "transition_not_allowed", None)
    answer = await send(client, "POST", "promotions/winter/transitions", {"transition": "explode"}, tag="*")
    assert await refused(answer) == (400, "invalid_request", "transition")


async def test_while_live_texts_and_budget_change_and_the_benefit_does_not(client: ApiClient) -> None:
    await make_winter(client)
    body = without(COFFEE, "offer_id")
    await done(await send(client, "PUT", "offers/coffee-1", body | {"title": "A euro off coffee"}, tag='"2"'))
    for field, value in (
        ("benefit", {"kind": "fixed_amount", "amount_cents": 99}),
        ("categories", ["CHEESE"]),
        ("products", ["p-1"]),
        ("brands", ["Acme"]),
        ("condition", {"channel": ["app"]}),
        ("exclusive_group", "coffee"),
        ("priority", 1),
        ("margin_floor_basis_points", 0),
        ("eligibility", {"min_basket_cents": 1}),
        ("starts_at", "2026-11-22T09:00:01Z"),
    ):
        status, code, _ = await refused(await send(client, "PUT", "offers/coffee-1", body | {field: value}, tag="*"))
        assert (status, code) == (409, "frozen_while_live"), field
    gone = body | {"ends_at": "2026-11-22T09:59:59Z"}
    assert await refused(await send(client, "PUT", "offers/coffee-1", gone, tag="*")) == (
        409,
        "ends_in_past",
        "ends_at",
    )
    for path in ("offers/coffee-1", "promotions/winter"):
        assert await refused(await send(client, "DELETE", path, tag="*")) == (409, "not_a_draft", None)


async def test_an_offer_says_over_http_all_that_an_offer_can(client: ApiClient) -> None:
    await done(await send(client, "POST", "promotions", WINTER))
    given: dict[str, Any] = {
        "benefit": {"kind": "spend_and_save", "tiers": [{"from_cents": 2000, "off_cents": 200}], "currency": "EUR"},
        "categories": ["CHEESE", "COFFEE"],
        "products": ["p-1"],
        "brands": ["Acme"],
        "condition": {"any": [{"segment": ["club"]}, {"not": {"category_bought": ["CHEESE", "COFFEE"]}}]},
        "exclusive_group": "coffee\u200b",  # what cannot be printed is odd, not wrong
        "priority": 7,
        "margin_floor_basis_points": 1500,
    }
    made = await done(await send(client, "POST", "offers", COFFEE | given))
    assert {name: made[name] for name in given} | {"categories": sorted(made["categories"])} == given
    changed = {name: value for name, value in COFFEE.items() if name != "offer_id"}
    await done(await send(client, "PUT", "offers/coffee-1", changed, tag='"1"'))
    read = await done(await client.get("/v1/offers/coffee-1"))
    assert (read["condition"], read["products"], read["priority"]) == (None, [], 0)
    entries = (await done(await client.get("/v1/promotions/winter/audit")))["entries"]
    assert entries[-1]["changes"]["benefit"] == [given["benefit"], COFFEE["benefit"]]
    assert entries[-1]["changes"]["condition"][0] == {
        "any": [{"segment": ["club"]}, {"not": {"category_bought": [2, 3]}}]
    }


async def test_the_calls_in_the_documentation_work(client: ApiClient) -> None:
    text = (Path(__file__).parents[4] / "docs" / "promotions.md").read_text(encoding="utf-8")
    calls = re.findall(r"curl -s http://127\.0\.0\.1:8090/v1/(\S+) .*? -d '(.*?)'", text, re.DOTALL)
    await done(await send(client, "POST", "promotions", WINTER))
    for path, body in calls:
        answer = await done(await send(client, "POST", path, json.loads(body), tag='"1"'))
    assert (len(calls), answer["offer_id"], answer["state"]) == (2, "coffee-15", "draft")  # as its promotion is


async def test_only_drafts_are_deleted(client: ApiClient) -> None:
    await make_winter(client, live=False)
    assert await done(await send(client, "DELETE", "promotions/winter", tag='"1"')) == {"deleted": "winter"}
    assert (await client.get("/v1/offers/coffee-1")).status == 404
    entries = (await done(await client.get("/v1/promotions/winter/audit")))["entries"]
    assert [entry["action"] for entry in entries] == ["created", "created", "deleted", "deleted"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ends_at": WINTER["starts_at"]}, (400, "inverted_window", "ends_at")),
        ({"starts_at": "2026-11-22T08:59:59Z"}, (400, "window_outside_promotion", "starts_at")),
        ({"ends_at": "2026-12-22T09:00:01Z"}, (400, "window_outside_promotion", "ends_at")),
        ({"categories": ["PIANOS"]}, (400, "unknown_category", "categories")),
        ({"promotion_id": "spring"}, (404, "unknown_promotion", "promotion_id")),
        ({"offer_id": "baby-20"}, (409, "offer_exists", None)),
        ({"unit_cost_cents": -1}, (400, "invalid_request", "unit_cost_cents")),
        (
            {"benefit": {"kind": "fixed_amount", "amount_cents": -5}},
            (400, "invalid_benefit", "benefit.amount_cents"),
        ),
        (
            {"benefit": {"kind": "percentage", "percent_basis_points": 10_001}},
            (400, "invalid_benefit", "benefit.percent_basis_points"),
        ),
        (
            {"benefit": {"kind": "fixed_amount", "amount_cents": 5, "currency": "EURO"}},
            (400, "invalid_benefit", "benefit.currency"),
        ),
        (
            {"benefit": {"kind": "spend_and_save", "tiers": [{"from_cents": 5, "off_cents": 1.5}]}},
            (400, "invalid_benefit", "benefit.tiers.0.off_cents"),
        ),
        ({"products": ["p-0", "piano"]}, (400, "unknown_product", "products")),
        ({"products": ["p-0-v"]}, (400, "unknown_product", "products")),
        ({"brands": ["Acme", "Steinway"]}, (400, "unknown_brand", "brands")),
        ({"benefit": {"kind": "gift", "product_id": "piano"}}, (400, "unknown_product", "benefit")),
        ({"categories": ["PIANOS"]}, (400, "unknown_category", "categories")),
        ({"benefit": {"kind": "gift"}}, (400, "invalid_benefit", "benefit.product_id")),
        ({"benefit": {"kind": ["gift"]}}, (400, "invalid_benefit", "benefit.kind")),
        ({"benefit": {"kind": "magic"}}, (400, "invalid_benefit", "benefit.kind")),
        (
            {"condition": {"all": [{"first_order": True}, {"country": ["de"]}]}},
            (400, "invalid_condition", "condition.all.1.country"),
        ),
        ({"condition": {"category_bought": ["PIANOS"]}}, (400, "invalid_condition", "condition.category_bought")),
        ({"condition": {}}, (400, "invalid_condition", "condition")),
        (
            {"condition": {"time_windows": {"zone": "UTC", "windows": [{"from": "18:00", "until": "06:00"}]}}},
            (400, "invalid_condition", "condition.time_windows"),
        ),
        (
            {"condition": {"not": {"time_windows": {"zone": "UTC", "windows": [{}, {"days": ["Sun"]}]}}}},
            (400, "invalid_condition", "condition.not.time_windows"),
        ),
        ({"condition": {"currency": ["EURO"]}}, (400, "invalid_condition", "condition.currency")),
        ({"condition": {"first_order": False}}, (400, "invalid_condition", "condition.first_order")),
        ({"condition": {"channel": ["\x00"]}}, (400, "invalid_condition", "condition.channel")),
        ({"eligibility": {"bought_any_of": ["PIANOS"]}}, (400, "unknown_category", "eligibility.bought_any_of")),
        ({"margin_floor_basis_points": 10_000}, (400, "invalid_request", "margin_floor_basis_points")),
        ({"priority": 1001}, (400, "invalid_request", "priority")),
        ({"exclusive_group": ""}, (400, "invalid_request", "exclusive_group")),
        ({"starts_at": "2026-11-22T09:00:00"}, (400, "invalid_request", "starts_at")),
        ({"limits": {"budget_cents": -1}}, (400, "invalid_request", "limits.budget_cents")),
        (
            {"limits": {"exposures_per_customer": {"count": 0, "days": 7}}},
            (400, "invalid_request", "limits.exposures_per_customer.count"),
        ),
        ({"limits": {"decline_cooldown_days": 9999}}, (400, "invalid_request", "limits.decline_cooldown_days")),
        ({"title": ""}, (400, "invalid_request", "title")),
        ({"colour": "red"}, (400, "invalid_request", "colour")),
    ],
)
async def test_an_offer_that_makes_no_sense(
    client: ApiClient, change: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    await done(await send(client, "POST", "promotions", WINTER))
    assert await refused(await send(client, "POST", "offers", COFFEE | change)) == expected
    assert (await done(await client.get("/v1/promotions/winter/offers")))["offers"] == []


async def test_a_promotion_that_makes_no_sense(client: ApiClient) -> None:
    await make_winter(client)
    again = await refused(await send(client, "POST", "promotions", WINTER))
    assert again == (409, "promotion_exists", None)
    inverted = WINTER | {"promotion_id": "x", "ends_at": WINTER["starts_at"]}
    assert await refused(await send(client, "POST", "promotions", inverted)) == (400, "inverted_window", "ends_at")
    shorter = without(WINTER, "promotion_id") | {"ends_at": "2026-12-01T00:00:00Z"}
    answer = await send(client, "PUT", "promotions/winter", shorter, tag="*")
    assert await refused(answer) == (409, "offers_outside_window", None)
    actor = await client.post("/v1/promotions", json=WINTER, headers={"X-Actor": "e" * 65})
    assert await refused(actor) == (400, "invalid_request", "X-Actor")


async def test_pages_of_promotions_and_offers(client: ApiClient) -> None:
    await make_winter(client)
    names: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await done(await client.get("/v1/promotions", params={"limit": "1", "after": after}))
        names += [row["promotion_id"] for row in page["promotions"]]
        after = page["next"]
    assert names == ["autumn", "winter"]
    page = await done(await client.get("/v1/promotions/autumn/offers?limit=1&after=baby-20"))
    assert [offer["offer_id"] for offer in page["offers"]] == ["soft-drinks-15"]
    assert (await client.get("/v1/promotions?limit=201")).status == 400


async def test_a_promotion_edited_while_100_shoppers_hold_its_codes(client: ApiClient) -> None:
    """Texts and budget change under way, the benefit does not, and every code keeps what it promised."""
    promised: list[dict[str, Any]] = []
    for number in range(100):
        question = {
            "conversation_id": f"c-{number}",
            "request_id": "m-1",
            "customer_id": None,
            "conversation_context": {"trigger": "asked_for_offers"},
        }
        decision = await done(await client.post("/v1/decisions", json=question))
        path = f"/v1/decisions/{decision['decision_id']}/outcome"
        promised.append(
            await done(await client.post(path, json={"conversation_id": f"c-{number}", "outcome": "accepted"}))
        )
    assert len({promise["code"] for promise in promised}) == 100
    view = await done(await client.get("/v1/promotions/autumn"))
    assert (view["uses"], view["reserved_cents"], view["spent_cents"]) == (100, 6000, 0)
    window = {name: view[name] for name in ("starts_at", "ends_at")}
    low = window | {"name": "Late autumn", "limits": {"budget_cents": 5999}}
    answer = await send(client, "PUT", "promotions/autumn", low, tag="*")
    assert await refused(answer) == (409, "budget_below_committed", "limits.budget_cents")
    await done(await send(client, "PUT", "promotions/autumn", low | {"limits": {"budget_cents": 6000}}, tag="*"))
    offer = await done(await client.get("/v1/offers/soft-drinks-15"))
    edited = {key: offer[key] for key in COFFEE if key not in ("offer_id", "limits")}
    better = edited | {"benefit": {"kind": "percentage", "percent_basis_points": 1}}
    answer = await send(client, "PUT", "offers/soft-drinks-15", better, tag="*")
    assert await refused(answer) == (409, "frozen_while_live", "benefit")
    await done(await send(client, "PUT", "offers/soft-drinks-15", edited | {"title": "Soft drinks"}, tag="*"))
    await done(await send(client, "POST", "promotions/autumn/transitions", {"transition": "pause"}, tag="*"))
    for number, item in enumerate(promised):
        path = f"/v1/decisions/{item['decision_id']}/outcome"
        again = await done(await client.post(path, json={"conversation_id": f"c-{number}", "outcome": "accepted"}))
        assert again == item


async def test_no_more_promotions_is_remembered_and_taken_back(client: ApiClient) -> None:
    for path in ("customers/anna", "conversations/c-7"):
        for allowed in (False, False, True):
            answer = await send(client, "PUT", f"{path}/promotions", {"allowed": allowed})
            assert await done(answer) == {"allowed": allowed}
    answer = await send(client, "PUT", "customers/nobody/promotions", {"allowed": False})
    assert await refused(answer) == (404, "unknown_customer", "customer_id")
