import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from actions.engine_replies import Order
from actions.orders import order_wording
from actions.orders.change_orders import CancelOrder, DropTask, ReturnOrder
from actions.orders.order_proof import Proof, proof_in
from actions.orders.track_orders import TrackOrder
from tests.unit.actions.scripted_engine import CONTRACT, ORDER_ID, ScriptedEngine, run

GIVEN = {"order_number": ORDER_ID}
NOTHING_OPEN = {"pending_task": None, "confirming": None, "confirming_since": None, "confirming_number": None}
ABOUT_IT = {**NOTHING_OPEN, "order_number": ORDER_ID, "foreign_order": None}
UNKNOWN = {"code": "unknown_order", "message": "There is no such order.", "field": "number"}
PROOF_NEEDED = CONTRACT["proof_needed"]["response"]
PERSON = [order_wording.PERSON_BUTTON]
NOW = datetime.fromisoformat("2026-11-22T12:00:00+00:00")


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("received", "Order 31198570044 has reached the shop."),
        ("paid", "Order 31198570044 is paid and will be packed."),
        ("packing", "Order 31198570044 is being packed."),
        ("partly_shipped", "Order 31198570044 is partly on its way."),
        ("shipped", "Order 31198570044 is on its way."),
        ("out_for_delivery", "Order 31198570044 is out for delivery."),
        ("ready_for_pickup", "Order 31198570044 is ready to be picked up."),
        ("delivered", "Order 31198570044 was delivered on 26 November 2025."),
        ("delivery_failed", "Order 31198570044 could not be delivered."),
        ("cancelled", "Order 31198570044 was cancelled."),
        ("return_requested", "Order 31198570044 is registered for return."),
        ("returned", "Order 31198570044 has come back to the shop."),
        ("refunded", "Order 31198570044 was refunded."),
        ("partly_refunded", "Order 31198570044 was partly refunded."),
        ("unknown", "I see order 31198570044, but not yet where it is."),
        ("teleported", "I see order 31198570044, but not yet where it is."),
    ],
)
async def test_tells_where_an_order_is(engine: ScriptedEngine, state: str, sentence: str) -> None:
    engine.plan("order", state=state, as_of=None)
    reply = await run(TrackOrder(), slots=GIVEN)
    assert reply.text == sentence
    assert reply.custom == {"kind": "order", "order_id": ORDER_ID, "state": state, "shipments": []}
    assert reply.messages[0]["buttons"] == (PERSON if state in ("unknown", "delivery_failed") else [])
    assert reply.slots == ABOUT_IT
    assert engine.received("order") == [
        {"number": ORDER_ID, "conversation_id": "c-2b1e", "customer_id": "1228", "email": "", "postcode": ""}
    ]


def order(**changes: Any) -> Order:
    body = {**CONTRACT["order"]["response"], "state": "shipped", "as_of": NOW.isoformat(), **changes}
    return Order(**{name: body[name] for name in Order.__dataclass_fields__})


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({}, "is on its way."),
        ({"promised_until": "2026-11-25T18:00:00Z"}, "is on its way. It should arrive by 25 November 2026."),
        (
            {"promised_from": "2026-11-24T08:00:00Z", "promised_until": "2026-11-25T18:00:00Z"},
            "It should arrive between 24 November 2026 and 25 November 2026.",
        ),
        ({"promised_until": "2026-11-20T18:00:00Z"}, "It was promised for 20 November 2026."),
        ({"state": "cancelled", "promised_until": "2026-11-25T18:00:00Z"}, "was cancelled."),
    ],
)
def test_only_what_was_promised_is_said(changes: Any, end: str) -> None:
    assert order_wording.order_state(order(**changes), now=NOW).endswith(end)


@pytest.mark.parametrize(
    ("as_of", "state", "beside"),
    [
        (NOW - timedelta(minutes=60), "shipped", "."),
        (NOW - timedelta(minutes=61), "shipped", " (as of 10:59)."),
        (NOW - timedelta(days=3), "shipped", " (as of 12:00 on 19 November)."),
        (NOW - timedelta(days=3), "delivered", "."),
        (None, "shipped", "."),
    ],
)
def test_old_news_says_how_old_it_is(as_of: Any, state: str, beside: str) -> None:
    stated = order(as_of=as_of and as_of.isoformat(), state=state, delivered_at=None)
    said = "was delivered" if state == "delivered" else "is on its way"
    assert order_wording.order_state(stated, now=NOW) == f"Order {ORDER_ID} {said}{beside}"


def test_the_clock_is_the_shop_s() -> None:
    stated = order(as_of="2026-11-22T08:30:00+08:00")
    assert "(as of 08:30)" in order_wording.order_state(stated, now=NOW)


async def test_parcels_are_a_card(engine: ScriptedEngine) -> None:
    parcel = {
        "carrier": "UPS",
        "tracking_number": "1Z2345",
        "tracking_url": "https://www.ups.com/track?n=1Z2345",
        "state": "shipped",
        "promised_from": None,
        "promised_until": None,
        "delivered_at": None,
    }
    engine.plan("order", state="shipped", shipments=[parcel])
    reply = await run(TrackOrder(), slots=GIVEN)
    assert reply.custom["shipments"] == [{**parcel, "order_number": ORDER_ID}]
    assert (reply.text or "").endswith("\nUPS has it under 1Z2345: https://www.ups.com/track?n=1Z2345")


async def test_a_number_stays_a_number_whatever_it_looks_like(engine: ScriptedEngine) -> None:
    await run(TrackOrder(), slots={"order_number": "7/cancel?x=1"})
    assert engine.received("order")[0]["number"] == "7/cancel?x=1"


async def test_who_is_not_signed_in_is_asked_whose_order_it_is(engine: ScriptedEngine) -> None:
    engine.plan("order", PROOF_NEEDED, status=403)
    reply = await run(TrackOrder(), slots=GIVEN, customer_id=None)
    assert "e-mail address" in (reply.text or "") and "postcode" in (reply.text or "")
    assert reply.slots == {**NOTHING_OPEN, "pending_task": "verify", "verifying_number": ORDER_ID}
    assert reply.custom == {"kind": "proof", "order_number": ORDER_ID}


VERIFYING = {"pending_task": "verify", "verifying_number": ORDER_ID}


@pytest.mark.parametrize(
    ("text", "slots", "proof"),
    [
        ("anna@example.com", {}, {"email": "anna@example.com", "postcode": ""}),
        ("it is SW1A 1AA", {}, {"email": "", "postcode": "SW1A 1AA"}),
        # digits alone look like another number; the slot holds them when the action runs
        ("10115", {"order_number": "10115"}, {"email": "", "postcode": "10115"}),
    ],
)
async def test_a_proof_shows_the_order_that_was_asked_about(
    engine: ScriptedEngine, text: str, slots: Any, proof: Any
) -> None:
    engine.plan("order", yours=False, state="shipped", as_of=None)
    reply = await run(TrackOrder(), "inform_order_proof", slots={**VERIFYING, **slots}, customer_id=None, text=text)
    assert reply.text == f"Order {ORDER_ID} is on its way."
    assert reply.slots == {**ABOUT_IT, "verifying_number": None}
    (request,) = engine.received("order")
    assert request == {"number": ORDER_ID, "conversation_id": "c-2b1e", "customer_id": None, **proof}


async def test_number_and_address_in_one_message_are_enough(engine: ScriptedEngine) -> None:
    await run(TrackOrder(), slots=GIVEN, customer_id=None, text=f"where is {ORDER_ID}? i am anna@example.com")
    assert engine.received("order")[0]["email"] == "anna@example.com"


async def test_a_wrong_proof_sounds_like_an_unknown_number(engine: ScriptedEngine) -> None:
    engine.plan("order", UNKNOWN, status=404)
    reply = await run(TrackOrder(), "inform_order_proof", slots=VERIFYING, customer_id=None, text="ben@example.com")
    assert reply.text == order_wording.WRONG_PROOF
    assert reply.custom == {"kind": "proof", "order_number": ""}
    assert reply.slots == {**NOTHING_OPEN, "order_number": None, "pending_task": "track"}


async def test_who_tried_too_often_gets_a_person(engine: ScriptedEngine) -> None:
    engine.plan("order", {"code": "too_many_attempts", "message": "…", "field": None}, status=429)
    reply = await run(TrackOrder(), "inform_order_proof", slots=VERIFYING, customer_id=None, text="ben@example.com")
    assert reply.text == order_wording.TOO_MANY_TRIES
    assert reply.messages[0]["buttons"] == PERSON
    assert reply.slots == {**NOTHING_OPEN, "order_number": None}


@pytest.mark.parametrize(
    ("text", "wanted", "proof"),
    [
        ("write to anna.b@example.com please", False, Proof(email="anna.b@example.com")),
        ("SW1A 1AA", True, Proof(postcode="SW1A 1AA")),
        ("m1 1ae", True, Proof(postcode="m1 1ae")),
        ("1012 AB", True, Proof(postcode="1012 AB")),
        ("D-10115", True, Proof(postcode="D-10115")),
        ("110 00", True, Proof(postcode="110 00")),
        ("it goes to zip 94107", False, Proof(postcode="94107")),
        ("邮编 94107, 订单 5987421", False, Proof(postcode="94107")),
        ("i ordered in 2024", False, Proof()),
        ("order 5987421", True, Proof()),
        ("where is it", True, Proof()),
    ],
)
def test_what_proves_an_order(text: str, wanted: bool, proof: Proof) -> None:
    assert proof_in(text, number="5987421", wanted=wanted) == proof


async def test_an_anonymous_customer_without_a_number_is_asked_for_it(engine: ScriptedEngine) -> None:
    reply = await run(TrackOrder(), customer_id=None)
    assert reply.response == "utter_ask_order_number"
    assert reply.custom == {"kind": "proof", "order_number": ""}
    assert reply.slots["pending_task"] == "track"


@pytest.mark.parametrize("customer_id", [None, "1228"])
@pytest.mark.parametrize("action", [TrackOrder(), CancelOrder(), ReturnOrder()])
async def test_a_shop_whose_orders_nobody_reports_leaves_the_question_to_a_person(
    engine: ScriptedEngine, action: Any, customer_id: Any
) -> None:
    engine.plan("order_numbers", known=False)
    engine.plan("orders_of_customer", of="unknown_customer", status=404)
    reply = await run(action, customer_id=customer_id)
    assert reply.text == order_wording.NO_ORDERS_HERE
    assert reply.slots == {**NOTHING_OPEN, "handing_over": True}


async def test_a_customer_without_a_number_hears_of_the_order_that_is_under_way(engine: ScriptedEngine) -> None:
    engine.have_orders({"state": "packing", "as_of": None}, {"number": "2", "state": "delivered"})
    reply = await run(TrackOrder(), text="where is my order")
    assert reply.text == f"Order {ORDER_ID} is being packed."
    assert reply.custom["order_id"] == ORDER_ID
    assert reply.slots["order_number"] == ORDER_ID
    assert engine.received("orders_of_customer") == [{"customer_id": "1228", "limit": "20"}]


async def test_without_one_under_way_it_is_the_newest(engine: ScriptedEngine) -> None:
    engine.have_orders({"number": "#2", "delivered_at": "2026-11-25T18:00:00Z"}, {"number": "#1"})
    assert (await run(TrackOrder())).text == "Order #2 was delivered on 25 November 2026."


async def test_several_orders_under_way_are_a_list(engine: ScriptedEngine) -> None:
    engine.have_orders(
        {"number": "#3", "state": "packing", "as_of": None},
        {"number": "#2", "state": "shipped", "as_of": None},
        {"number": "#1"},
    )
    reply = await run(TrackOrder())
    assert reply.text == "Your latest orders:\n• Order #3 is being packed.\n• Order #2 is on its way."
    assert reply.slots["shown_orders"] == ["#3", "#2"]


async def test_words_choose_among_the_customers_orders(engine: ScriptedEngine) -> None:
    engine.have_orders({"number": "#2", "state": "packing", "as_of": None}, {"number": "#1", "delivered_at": None})
    slots = {"shown_orders": ["#2", "#1"], "order_number": "#2"}
    reply = await run(TrackOrder(), slots=slots, text="and the other one?")
    assert reply.text == "Order #1 was delivered."


async def test_the_same_state_is_not_said_twice_in_the_same_words(engine: ScriptedEngine) -> None:
    engine.have_orders({"state": "packing", "as_of": None})
    before: list[dict[str, Any]] = [
        {"event": "user"},
        {"event": "bot", "text": f"Order {ORDER_ID} is being packed.", "data": {}},
    ]
    reply = await run(TrackOrder(), slots=GIVEN, earlier=before)
    assert reply.text == f"Order {ORDER_ID} is being packed. Nothing has changed since you asked."


async def test_an_order_that_the_words_describe_and_nobody_placed_is_not_made_up(engine: ScriptedEngine) -> None:
    engine.have_orders({"number": "#1", "currency": "USD", "total_cents": 1230})
    reply = await run(TrackOrder(), text="the order from yesterday")
    assert reply.text == "I don't see such an order. Which of your newest is it?"
    assert reply.messages[0]["buttons"] == [
        {"title": "Order #1 · packaged candy · $12.30", "payload": '/inform_order_number{"order_number": "#1"}'}
    ]


async def test_a_customer_without_orders_is_told_so(engine: ScriptedEngine) -> None:
    engine.plan("orders_of_customer", orders=[])
    assert (await run(TrackOrder())).text == order_wording.NO_ORDERS


async def test_a_customer_the_engine_does_not_know_is_asked_like_an_anonymous_customer(engine: ScriptedEngine) -> None:
    engine.plan("orders_of_customer", of="unknown_customer", status=404)
    assert (await run(TrackOrder(), customer_id="nobody")).response == "utter_ask_order_number"


FOREIGN = {"order_number": "4711000"}


@pytest.mark.parametrize(
    ("action", "task"), [(TrackOrder(), "track"), (CancelOrder(), "cancel"), (ReturnOrder(), "return")]
)
async def test_a_number_that_is_not_in_the_account_says_nothing_of_its_order(
    engine: ScriptedEngine, action: Any, task: str
) -> None:
    engine.plan("order", UNKNOWN, status=404)
    missing = await run(action, slots=FOREIGN)
    assert missing.text == "I can't show you order 4711000; it isn't in your account. Please check the number."
    slots = {name: value for name, value in missing.slots.items() if name != "wish"}
    assert slots == {**NOTHING_OPEN, "order_number": None, "foreign_order": "4711000", "pending_task": task}


async def test_who_asks_on_about_such_an_order_hears_it_in_other_words_and_may_have_a_person(
    engine: ScriptedEngine,
) -> None:
    engine.have_orders({})
    said = []
    before: list[dict[str, Any]] = []
    for text in ("is that one mine?", "whose is it then", "so who has that order"):
        reply = await run(TrackOrder(), slots={"foreign_order": "4711000"}, text=text, earlier=before)
        assert "4711000" in (reply.text or "") and "isn't in" in (reply.text or "").replace("no order", "isn't in")
        assert reply.messages[0]["buttons"] == PERSON
        said.append(reply.text)
        before = [{"event": "user"}, {"event": "bot", "text": reply.text, "data": {}}]
    assert all(text != following for text, following in itertools.pairwise(said))


async def test_an_order_of_somebody_else_that_the_engine_would_show_to_a_proof_stays_hidden(
    engine: ScriptedEngine,
) -> None:
    engine.plan("order", yours=False, state="shipped", number="4711000")
    assert "isn't in your account" in ((await run(TrackOrder(), slots=FOREIGN)).text or "")


CHANGES = [(CancelOrder(), "cancel", "cancel"), (ReturnOrder(), "return", "take back")]
WISHES = {"cancel": "to cancel", "return": "for a return of"}


@pytest.mark.parametrize(("action", "change"), [(action, change) for action, change, _ in CHANGES])
async def test_a_change_is_confirmed_before_the_shop_is_asked(engine: ScriptedEngine, action: Any, change: str) -> None:
    plan_order(engine, refused_changes={})
    reply = await run(action, f"{change}_order", slots=GIVEN)
    assert reply.text == f"Shall I ask the shop {WISHES[change]} order {ORDER_ID}?"
    assert [button["payload"] for button in reply.messages[0]["buttons"]] == ["/affirm", "/deny"]
    assert reply.slots == {
        **ABOUT_IT, "confirming": change, "confirming_since": 3, "confirming_number": ORDER_ID,
    }  # fmt: skip
    assert engine.received("ask_for_change") == []


def plan_order(engine: ScriptedEngine, **changes: Any) -> None:
    engine.have_orders(changes)


def confirming(change: str) -> dict[str, Any]:
    return {**GIVEN, "confirming": change, "confirming_since": 2, "confirming_number": ORDER_ID}


@pytest.mark.parametrize(("action", "change", "verb"), CHANGES)
@pytest.mark.parametrize("state", ["asked", "sent"])
async def test_until_the_shop_has_answered_it_has_been_asked_and_no_more(
    engine: ScriptedEngine, action: Any, change: str, verb: str, state: str
) -> None:
    engine.plan("ask_for_change", kind=change, state=state)
    reply = await run(action, "affirm", slots=confirming(change))
    assert reply.text == f"I've asked the shop to {verb} {ORDER_ID}; you'll get an e-mail."
    assert reply.slots == NOTHING_OPEN
    (request,) = engine.received("ask_for_change")
    assert request == {"number": ORDER_ID, "kind": change, "customer_id": "1228", "conversation_id": "c-2b1e"}


@pytest.mark.parametrize(
    ("action", "change", "sentence"),
    [
        (CancelOrder(), "cancel", f"The shop has cancelled order {ORDER_ID}."),
        (ReturnOrder(), "return", f"The shop has registered the return of order {ORDER_ID}."),
    ],
)
async def test_what_the_shop_confirmed_is_said_as_done(
    engine: ScriptedEngine, action: Any, change: str, sentence: str
) -> None:
    engine.plan("ask_for_change", kind=change, state="confirmed")
    assert (await run(action, "affirm", slots=confirming(change))).text == sentence
    engine.plan("ask_for_change", kind=change, state="confirmed", shop_reason="Label in the mail.")
    engine.plan("ask_for_change", kind=change, state="confirmed", shop_reason="Label in the mail.")
    await run(action, "affirm", slots=confirming(change))
    said = (await run(action, "affirm", slots=confirming(change))).text
    assert said == f"{sentence} It says: Label in the mail."


async def test_a_refusal_is_told_in_the_shop_s_words_with_a_person(engine: ScriptedEngine) -> None:
    engine.plan("ask_for_change", state="refused", shop_reason="It is on the van.")
    reply = await run(CancelOrder(), "affirm", slots=confirming("cancel"))
    assert reply.text == (
        f"The shop won't cancel order {ORDER_ID}. It says: It is on the van. A person can look into it with you."
    )
    assert reply.messages[0]["buttons"] == PERSON


@pytest.mark.parametrize(("action", "change", "verb"), CHANGES)
@pytest.mark.parametrize("state", ["asked", "sent", "confirmed", "refused", "failed"])
async def test_nothing_is_said_about_money(
    engine: ScriptedEngine, action: Any, change: str, verb: str, state: str
) -> None:
    engine.plan("ask_for_change", kind=change, state=state)
    said = ((await run(action, "affirm", slots=confirming(change))).text or "").lower()
    assert not any(word in said for word in ("charge", "refund", "money", "pay", "free"))


@pytest.mark.parametrize("state", ["asked", "sent", "confirmed", "refused"])
async def test_a_change_that_was_asked_for_is_not_asked_for_again(engine: ScriptedEngine, state: str) -> None:
    earlier = {**CONTRACT["ask_for_change"]["response"], "state": state}
    plan_order(engine, changes=[earlier], refused_changes={})
    reply = await run(CancelOrder(), slots=GIVEN)
    assert reply.slots == ABOUT_IT
    assert "Shall I" not in (reply.text or "")


async def test_a_question_about_the_order_tells_of_a_change_that_waits(engine: ScriptedEngine) -> None:
    plan_order(engine, state="packing", as_of=None, changes=[CONTRACT["ask_for_change"]["response"]])
    assert (await run(TrackOrder(), slots=GIVEN)).text == (
        f"Order {ORDER_ID} is being packed. The shop has been asked to cancel it and hasn't answered yet."
    )


@pytest.mark.parametrize(("answered_in", "cancelled"), [(4, True), (5, True), (6, False), (60, False)])
async def test_a_yes_confirms_for_two_turns_and_is_asked_for_again_afterwards(
    engine: ScriptedEngine, answered_in: int, cancelled: bool
) -> None:
    plan_order(engine, refused_changes={})
    waiting = {**GIVEN, "confirming": "cancel", "confirming_since": 3, "confirming_number": ORDER_ID}
    answered = await run(CancelOrder(), "affirm", slots=waiting, turn_count=answered_in)
    assert bool(engine.received("ask_for_change")) is cancelled
    if not cancelled:
        assert answered.text == f"Shall I ask the shop to cancel order {ORDER_ID}?"
        assert answered.slots["confirming_since"] == answered_in


async def test_a_yes_to_another_question_changes_nothing(engine: ScriptedEngine) -> None:
    plan_order(engine, refused_changes={})
    reply = await run(CancelOrder(), "affirm", slots=confirming("return"))
    assert reply.slots["confirming"] == "cancel"
    assert engine.received("ask_for_change") == []


@pytest.mark.parametrize(
    ("action", "part"), [(CancelOrder(), "can't be cancelled any more"), (ReturnOrder(), "is over")]
)
async def test_an_order_that_cannot_be_changed_is_not_asked_about(
    engine: ScriptedEngine, action: Any, part: str
) -> None:
    plan_order(engine)  # the contract's order was delivered a year ago
    refused = await run(action, slots=GIVEN)
    assert part in (refused.text or "")
    assert refused.messages[0]["buttons"] == PERSON
    assert refused.slots == ABOUT_IT


@pytest.mark.parametrize("action", [CancelOrder(), ReturnOrder()])
async def test_without_a_way_to_the_shop_a_person_takes_over_and_nothing_is_promised(
    engine: ScriptedEngine, action: Any
) -> None:
    refused = dict.fromkeys(("cancel", "return", "address"), "shop_not_connected")
    plan_order(engine, refused_changes=refused)
    reply = await run(action, slots=GIVEN)
    assert reply.text == order_wording.ASKED_BY_PERSON
    assert reply.slots == {**ABOUT_IT, "handing_over": True}
    assert engine.received("ask_for_change") == []


async def test_a_way_that_went_meanwhile_hands_over_too(engine: ScriptedEngine) -> None:
    engine.plan("ask_for_change", {"code": "shop_not_connected", "message": "…", "field": None}, status=409)
    reply = await run(CancelOrder(), "affirm", slots=confirming("cancel"))
    assert reply.slots == {**NOTHING_OPEN, "handing_over": True}


async def test_an_anonymous_customer_has_to_sign_in_to_change_an_order(engine: ScriptedEngine) -> None:
    assert "sign in" in ((await run(ReturnOrder(), slots=GIVEN, customer_id=None)).text or "")
    assert engine.received("order") == engine.received("ask_for_change") == []


async def test_a_change_refused_at_the_last_moment_is_said(engine: ScriptedEngine) -> None:
    engine.plan("ask_for_change", {"code": "cannot_cancel", "message": "…", "field": None}, status=409)
    refused = await run(CancelOrder(), "affirm", slots=confirming("cancel"))
    assert "moved on meanwhile" in (refused.text or "")


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("action", [TrackOrder(), CancelOrder(), ReturnOrder()])
async def test_an_engine_that_is_away_is_admitted(action: Any) -> None:
    away = await run(action, slots=GIVEN)
    assert "can't reach" in (away.text or "")
    assert away.slots == NOTHING_OPEN


async def test_dropping_a_task_touches_no_order(engine: ScriptedEngine) -> None:
    dropped = await run(DropTask(), "deny", slots={**GIVEN, "confirming": "cancel"})
    assert dropped.response == "utter_task_dropped"
    assert dropped.slots == NOTHING_OPEN
    assert engine.requests == []
