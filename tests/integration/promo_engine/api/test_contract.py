"""Every body of tests/contract/engine.json against the real application."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.api.http.keys import LEARNER, SOURCES
from promo_engine.domain.connections.shop_sources import SourceKind, SourceScope, SourceSecrets, SourceSettings
from promo_engine.domain.connections.webhook_deliveries import DeliveryState, WebhookDelivery
from promo_engine.files.source_secrets import SecretsFile
from promo_engine.settings import Settings
from promo_engine.shops.signatures import sign
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.api_client import ApiClient
from tests.support.fakes import Clock

CONTRACT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contract" / "engine.json").read_text())
OURS = {"1228": "anna", "1095275": "p-0", "31198570044": "o-new", "# 31198570044": "# o-old", "o-1": "o-fresh"}
"""The contract's names, as the small shop calls them."""
KEYED_BY_ID = {
    "counts",
    "engine",
    "propensities",
    "expected_rewards",
    "ineligible_offers",
    "decision_context",
    "segments",
    "refused_changes",
    "options",
}
"""Objects whose keys are not part of the contract, only the types of their values."""


def test_every_body_is_played() -> None:
    assert set(CONTRACT) - {"about"} == PLAYED


PLAYED = {
    *("quote", "quote_refused", "redeem", "cancel_redemption", "decide_explained"),
    *(
        "decision_explanation",
        "decision_offer",
        "decide",
        "decide_silence",
        "decision_record",
        "exposure",
        "accept",
        "decline",
    ),
    *("code_news", "drop_code_news"),
    *("outcome_of_another_conversation", "events", "offers", "policy", "customers", "order"),
    *("read_order", "orders_of_customer"),
    *("stop_promotions", "stop_promotions_here"),
    *("customer_lookup", "product_variants"),
    *("proof_needed", "order_numbers", "ask_for_change", "change_requests", "read_change", "answer_change"),
    *("unknown_customer", "error", "products", "product", "products_of_offer"),
    *("pairings", "turns", "live"),
    *("put_customer", "customer", "export_customer", "accept_webhook", "bad_signature"),
    *("forget_customer", "privacy_requests", "finish_privacy_request", "dead_webhooks", "catalogue", "put_order"),
    *("dead_webhook", "retry_dead_webhooks"),
}


def ours(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: ours(part) for key, part in value.items()}
    if isinstance(value, list):
        return [ours(part) for part in value]
    return OURS.get(value, value) if isinstance(value, str) else value


def assert_same_shape(found: Any, wanted: Any, at: str) -> None:
    """Compare keys and types; where the contract shows null or an empty list it says nothing of the type."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), at
        if at.rsplit(".", 1)[-1] in KEYED_BY_ID:
            kinds = {type(name) for name in wanted.values()} | {type(None)}
            assert {type(value) for value in found.values()} <= kinds | {int}, at
            return
        assert set(found) == set(wanted), at
        for key, item in wanted.items():
            assert_same_shape(found[key], item, f"{at}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(found, list), at
        for item in found if wanted else []:
            assert_same_shape(item, wanted[0], f"{at}[]")
    elif wanted is not None:
        assert type(found) is type(wanted), f"{at}: {found!r}"
        if isinstance(wanted, str) and wanted.endswith("Z"):
            assert found.endswith("Z"), at


async def play(client: ApiClient, name: str, *, query: str = "", code: str | None = None, **ids: str) -> Any:
    """Send a body of the contract, with the code that a test really got, and compare the answer."""
    body = CONTRACT[name]
    request: dict[str, Any] | None = ours(body["request"]) if "request" in body else None
    if code is not None:
        assert request is not None, "a code goes into a body"
        request["codes"] = [code]
    response = await client.request(body["method"], body["path"].format(**ids) + query, json=request)
    answer = await response.json()
    assert response.status == body["status"], answer
    assert_same_shape(answer, body["response"], name)
    return answer


async def test_a_decision_from_question_to_code(client: ApiClient, clock: Clock) -> None:
    decision_id = (await play(client, "decide"))["decision_id"]
    again = await play(client, "decide")
    assert again["decision_id"] == decision_id
    await play(client, "outcome_of_another_conversation", decision_id=decision_id)
    exposed = await play(client, "exposure", decision_id=decision_id)
    accepted = await play(client, "accept", decision_id=decision_id)
    assert await play(client, "accept", decision_id=decision_id) == accepted
    await play(client, "code_news")
    await play(client, "drop_code_news", decision_id=decision_id)
    await client.app[LEARNER].apply_rewards(clock())
    record = await play(client, "decision_record", decision_id=decision_id)
    assert record["exposed_at"] == exposed["exposed_at"]
    assert record["outcome"]["code"] == accepted["code"]


async def test_the_offer_of_a_decision_is_read_until_it_has_ended(client: ApiClient, clock: Clock) -> None:
    decided = await play(client, "decide")
    decision_id = decided["decision_id"]
    shown = await play(client, "decision_offer", decision_id=decision_id)
    assert (shown["offer"], shown["explanation"]) == (decided["offer"], decided["explanation"])
    await play(client, "accept", decision_id=decision_id)
    path = f"/v1/decisions/{decision_id}/offer"
    assert (await (await client.get(path)).json())["outcome"] == "accepted"
    unknown = await client.get("/v1/decisions/nobody/offer")
    assert (unknown.status, (await unknown.json())["code"]) == (404, "unknown_decision")
    clock.now = clock.now.replace(year=2028)
    ended = await client.get(path)
    assert (ended.status, (await ended.json())["code"]) == (409, "offer_ended")
    without = await play(client, "decide_silence")
    refused = await client.get(f"/v1/decisions/{without['decision_id']}/offer")
    assert (refused.status, (await refused.json())["code"]) == (409, "no_offer_in_decision")


async def test_a_decision_is_explained_or_it_is_said_why_not(client: ApiClient) -> None:
    decision_id = (await play(client, "decide"))["decision_id"]
    explanation = await play(client, "decision_explanation", decision_id=decision_id)
    assert explanation["text"].startswith("soft-drinks-15 was drawn with a probability of")
    assert explanation["difference"] == sum(feature["value"] for feature in explanation["features"]) == 0.5
    unknown = await client.get("/v1/decisions/nobody/explanation")
    assert (unknown.status, (await unknown.json())["code"]) == (404, "unknown_decision")


async def test_a_code_from_the_quote_to_the_cancelled_redemption(client: ApiClient) -> None:
    decision_id = (await play(client, "decide"))["decision_id"]
    code = (await play(client, "accept", decision_id=decision_id))["code"]
    quote = await play(client, "quote", code=code)
    shown = CONTRACT["quote"]["response"]
    for name in ("lines", "delivery", "discount_cents", "tax_cents", "total_cents"):
        assert quote[name] == shown[name], name
    await play(client, "quote_refused")
    redemption = await play(client, "redeem", code=code)
    assert await play(client, "redeem", code=code) == redemption
    assert redemption["quote"]["total_cents"] == CONTRACT["redeem"]["response"]["quote"]["total_cents"]
    await play(client, "cancel_redemption", redemption_id=redemption["redemption_id"])


async def test_an_explained_decision_names_the_other_offers(client: ApiClient) -> None:
    answer = await play(client, "decide_explained")
    assert answer["ineligible_offers"] == {"baby-20": "you have not bought baby food before"}


async def test_a_declined_offer(client: ApiClient) -> None:
    decision_id = (await play(client, "decide"))["decision_id"]
    await play(client, "decline", decision_id=decision_id)


async def test_silence(client: ApiClient, models: Any, clock: Clock) -> None:
    clock.now = clock.now.replace(year=2028)
    answer = await play(client, "decide_silence")
    assert answer["no_offer_reason"] == "no_eligible_offer"


@pytest.mark.parametrize(
    ("name", "query", "ids"),
    [
        ("events", "", {}),
        ("offers", "", {}),
        ("stop_promotions", "", {"customer_id": "anna"}),
        ("stop_promotions_here", "", {"conversation_id": "c-9"}),
        ("products", "?limit=5&per_category=1", {}),
        ("product", "", {"product_id": "p-0"}),
        ("product_variants", "", {"product_id": "p-0"}),
        ("customer_lookup", "", {}),
        ("products_of_offer", "", {"offer_id": "soft-drinks-15"}),
        ("policy", "", {}),
        ("turns", "", {}),
        ("live", "", {}),
        ("customers", "?limit=3", {}),
        ("order", "", {}),
        ("proof_needed", "", {}),
        ("order_numbers", "", {}),
        ("orders_of_customer", "?limit=2", {"customer_id": "anna"}),
        ("read_order", "", {"order_id": "o-new"}),
        ("unknown_customer", "", {}),
        ("ask_for_change", "", {}),
        ("dead_webhooks", "", {}),
        ("catalogue", "", {}),
        ("put_order", "", {"order_id": "w-1"}),
    ],
)
async def test_a_body_of_the_contract(client: ApiClient, name: str, query: str, ids: dict[str, str]) -> None:
    await play(client, name, query=query, **ids)


async def test_a_customer_is_forgotten_once_the_gateway_says_so_too(client: ApiClient) -> None:
    request = await play(client, "forget_customer", customer_id="anna")
    shown = await play(client, "privacy_requests")
    assert shown["requests"][0]["customer_ids"] == ["anna"]
    await play(client, "finish_privacy_request", request_id=request["request_id"])
    assert (await (await client.get("/v1/privacy-requests")).json())["requests"] == []


async def test_a_customer_is_written_read_and_exported(client: ApiClient) -> None:
    written = await play(client, "put_customer", customer_id="ada")
    assert written == CONTRACT["put_customer"]["response"]
    read = await play(client, "customer", customer_id="77")
    hashed = read["email_hash"]
    assert {**read, "email_hash": ""} == {**CONTRACT["customer"]["response"], "email_hash": ""}
    assert hashed == sha256(b"ada@example.com").hexdigest()
    exported = await play(client, "export_customer", customer_id="ada")
    (found,) = exported["export"]["engine"].values()
    assert found["customers"][0]["customer_id"] == "ada"
    request_id = exported["request_id"]
    await client.post(f"/v1/privacy-requests/{request_id}/done", json={"conversations": {"c-1": {}}})
    whole = await (await client.get(f"/v1/privacy-requests/{request_id}")).json()
    assert set(whole) == set(CONTRACT["export_customer"]["response"])
    assert (whole["state"], whole["export"]["conversations"]) == ("done", {"c-1": {}})


async def test_a_message_of_a_shop_is_taken_in_once(client: ApiClient, settings: Settings, clock: Clock) -> None:
    source = SourceSettings(currency="EUR")
    await client.app[SOURCES].add("own", kind=SourceKind.GENERIC, scopes=frozenset(SourceScope), settings=source)
    SecretsFile(settings.shop_secrets).save("own", SourceSecrets("hush", ""))
    body = CONTRACT["accept_webhook"]
    content = json.dumps(body["request"]).encode()
    headers = {"X-Promobot-Signature": sign(content, "hush", at=clock())}
    for result in ("accepted", "duplicate"):
        answer = await client.post("/v1/webhooks/own", data=content, headers=headers)
        assert (answer.status, await answer.json()) == (body["status"], body["response"] | {"result": result})
    for source_id in ("own", "nobody"):
        refused = await play(client, "bad_signature", source_id=source_id)
        assert refused["code"] == "bad_signature"


async def test_a_message_that_was_given_up_is_read_and_all_wait_again(
    client: ApiClient, database: AsyncEngine, clock: Clock
) -> None:
    dead = WebhookDelivery(
        0, "own", "7-3", "order", b'{"topic": "order\xff"}', clock(), state=DeliveryState.DEAD, tries=1
    )
    async with SqlStorage(database).write() as unit:
        for delivery in (dead, replace(dead, delivery_id="7-4", body=None), replace(dead, delivery_id="7-5")):
            assert await unit.webhooks.add(delivery)
    listed = await (await client.get("/v1/webhooks/dead")).json()
    number = listed["deliveries"][-1]["number"]
    read = await play(client, "dead_webhook", number=str(number))
    assert read["body"] == '{"topic": "order\ufffd"}'
    assert (await play(client, "retry_dead_webhooks"))["retried"] == 2, "a body that is deleted cannot be worked off"


async def test_what_goes_with_something(client: ApiClient, learned: object) -> None:
    await play(client, "pairings", query="?category=SOFT DRINKS&word=cola")


async def test_what_the_shop_was_asked_for(client: ApiClient) -> None:
    change = await play(client, "ask_for_change")
    assert change["state"] == "confirmed", "the demo shop is its own shop"
    listed = await play(client, "change_requests", query="?state=confirmed&limit=5")
    assert listed["counts"]["confirmed"] == 1
    shown = await play(client, "read_change", change_request_id=change["change_request_id"])
    assert (shown["change_request"], shown["order"]["number"]) == (listed["change_requests"][0], "o-new")
    for query, found in [("kind=cancel&number=%23o-new", 1), ("kind=return", 0), ("number=o-old", 0)]:
        (reply,) = [await client.get(f"/v1/change-requests?{query}")]
        assert len((await reply.json())["change_requests"]) == found, query
    answered = await play(client, "answer_change", change_request_id=change["change_request_id"])
    assert answered["state"] == "confirmed", "the first answer stands"
    again = await client.post(f"/v1/change-requests/{change['change_request_id']}/retry")
    assert (again.status, (await again.json())["code"]) == (409, "not_failed")


async def test_the_error_shape(client: ApiClient) -> None:
    wrong = ours(CONTRACT["decide"]["request"])
    wrong["conversation_context"]["turn_count"] = -1
    response = await client.post("/v1/decisions", json=wrong)
    error = await response.json()
    assert response.status == 400
    assert_same_shape(error, CONTRACT["error"]["response"], "error")
    assert (error["code"], error["field"]) == ("invalid_request", "conversation_context.turn_count")
