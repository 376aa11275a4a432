from typing import Any

import pytest

from actions.orders import CancelOrder, DropTask, ReturnOrder, TrackOrder
from tests.unit.actions.scripted_engine import ORDER_ID, ScriptedEngine, run

GIVEN = {"order_number": ORDER_ID}
UNKNOWN = {"code": "unknown_order", "message": "There is no such order.", "field": "order_id"}


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("packing", "is being packed and should arrive on 26 November 2025."),
        ("shipped", "is on its way and should arrive on 26 November 2025."),
        ("delivered", "was delivered on 26 November 2025."),
        ("cancelled", "was cancelled."),
        ("return_requested", "is on its way back to us."),
    ],
)
async def test_tells_where_an_order_is(engine: ScriptedEngine, state: str, sentence: str) -> None:
    engine.plan("order", state=state)
    reply = await run(TrackOrder(), slots=GIVEN)
    assert reply.text == f"Order {ORDER_ID} {sentence}"
    assert reply.custom == {"kind": "order", "order_id": ORDER_ID, "state": state}
    assert reply.slots == {"pending_task": None, "confirming": None, "confirming_since": None}
    assert engine.received("order") == [{"order_id": ORDER_ID, "customer_id": "1228"}]


async def test_a_number_stays_one_part_of_the_address(engine: ScriptedEngine) -> None:
    await run(TrackOrder(), slots={"order_number": "7/cancel?x=1"})
    assert engine.received("order") == [{"order_id": "7/cancel?x=1", "customer_id": "1228"}]


async def test_an_anonymous_customer_gives_no_customer_to_the_engine(engine: ScriptedEngine) -> None:
    await run(TrackOrder(), slots=GIVEN, customer_id=None)
    assert engine.received("order") == [{"order_id": ORDER_ID}]


async def test_an_anonymous_customer_without_a_number_is_asked_for_it(engine: ScriptedEngine) -> None:
    reply = await run(TrackOrder(), customer_id=None)
    assert reply.response == "utter_ask_order_number"
    assert reply.slots["pending_task"] == "track"


async def test_a_customer_without_a_number_hears_of_the_newest_orders(engine: ScriptedEngine) -> None:
    reply = await run(TrackOrder())
    assert reply.text == f"Order {ORDER_ID} is being packed and should arrive on 25 November 2026."
    assert reply.custom["order_id"] == ORDER_ID
    assert engine.received("orders_of_customer") == [{"customer_id": "1228", "limit": "3"}]


async def test_several_orders_are_a_list(engine: ScriptedEngine) -> None:
    row = {
        "order_id": "1",
        "state": "packing",
        "placed_at": "2026-11-22T11:53:26Z",
        "expected_at": "2026-11-25T18:00:00Z",
    }
    engine.plan("orders_of_customer", orders=[row, {**row, "order_id": "2", "state": "delivered"}])
    assert (await run(TrackOrder())).text == (
        "Your latest orders:\n• Order 1 is being packed and should arrive on 25 November 2026.\n"
        "• Order 2 was delivered on 25 November 2026."
    )


async def test_a_customer_without_orders_is_told_so(engine: ScriptedEngine) -> None:
    engine.plan("orders_of_customer", orders=[])
    assert "no orders" in ((await run(TrackOrder())).text or "")


async def test_a_customer_the_engine_does_not_know_is_asked_like_an_anonymous_customer(engine: ScriptedEngine) -> None:
    engine.plan("orders_of_customer", of="unknown_customer", status=404)
    assert (await run(TrackOrder(), customer_id="nobody")).response == "utter_ask_order_number"


@pytest.mark.parametrize(
    ("action", "task"), [(TrackOrder(), "track"), (CancelOrder(), "cancel"), (ReturnOrder(), "return")]
)
async def test_an_unknown_number_is_forgotten_and_asked_for_again(
    engine: ScriptedEngine, action: Any, task: str
) -> None:
    engine.plan("order", UNKNOWN, status=404)
    missing = await run(action, slots={"order_number": "4711000"})
    assert "can't find an order 4711000" in (missing.text or "")
    assert missing.slots == {"order_number": None, "pending_task": task, "confirming": None, "confirming_since": None}


@pytest.mark.parametrize(("action", "task"), [(CancelOrder(), "cancel"), (ReturnOrder(), "return")])
async def test_a_change_without_a_number_asks_for_it(engine: ScriptedEngine, action: Any, task: str) -> None:
    reply = await run(action)
    assert reply.response == "utter_ask_order_number"
    assert reply.slots == {"pending_task": task, "confirming": None, "confirming_since": None}


@pytest.mark.parametrize(("action", "change"), [(CancelOrder(), "cancel"), (ReturnOrder(), "return")])
async def test_a_change_is_confirmed_before_it_is_made(engine: ScriptedEngine, action: Any, change: str) -> None:
    engine.plan("order", can_cancel=True, can_return=True)
    reply = await run(action, f"{change}_order", slots=GIVEN)
    assert reply.text == f"Shall I {change} order {ORDER_ID}?"
    assert [button["payload"] for button in reply.messages[0]["buttons"]] == ["/affirm", "/deny"]
    assert reply.slots == {"pending_task": None, "confirming": change, "confirming_since": 3}
    assert engine.received(f"{change}_order") == []


@pytest.mark.parametrize(
    ("action", "change", "state"),
    [(CancelOrder(), "cancel", "cancelled"), (ReturnOrder(), "return", "return_requested")],
)
async def test_a_yes_makes_the_change(engine: ScriptedEngine, action: Any, change: str, state: str) -> None:
    done = await run(action, "affirm", slots={**GIVEN, "confirming": change, "confirming_since": 2})
    assert done.custom == {"kind": "order", "order_id": ORDER_ID, "state": state}
    assert done.slots == {"pending_task": None, "confirming": None, "confirming_since": None}
    assert engine.received(f"{change}_order") == [{"customer_id": "1228"}]


@pytest.mark.parametrize(("answered_in", "cancelled"), [(4, True), (5, True), (6, False), (60, False)])
async def test_a_yes_confirms_for_two_turns_and_is_asked_for_again_afterwards(
    engine: ScriptedEngine, answered_in: int, cancelled: bool
) -> None:
    engine.plan("order", can_cancel=True)
    waiting = {**GIVEN, "confirming": "cancel", "confirming_since": 3}
    answered = await run(CancelOrder(), "affirm", slots=waiting, turn_count=answered_in)
    assert bool(engine.received("cancel_order")) is cancelled
    if not cancelled:
        assert answered.text == f"Shall I cancel order {ORDER_ID}?"
        assert answered.slots["confirming_since"] == answered_in


async def test_a_yes_to_another_question_changes_nothing(engine: ScriptedEngine) -> None:
    engine.plan("order", can_cancel=True)
    reply = await run(CancelOrder(), "affirm", slots={**GIVEN, "confirming": "return", "confirming_since": 2})
    assert reply.slots["confirming"] == "cancel"
    assert engine.received("cancel_order") == []


@pytest.mark.parametrize("action", [CancelOrder(), ReturnOrder()])
async def test_an_order_that_cannot_be_changed_is_not_asked_about(engine: ScriptedEngine, action: Any) -> None:
    refused = await run(action, slots=GIVEN)  # the contract's order was delivered a year ago
    assert "can't be" in (refused.text or "")
    assert refused.slots == {"pending_task": None, "confirming": None, "confirming_since": None}


async def test_somebody_elses_order_is_not_changed(engine: ScriptedEngine) -> None:
    engine.plan("order", yours=False, can_cancel=True)
    assert "another account" in ((await run(CancelOrder(), slots=GIVEN)).text or "")


async def test_an_anonymous_customer_has_to_sign_in_to_change_an_order(engine: ScriptedEngine) -> None:
    assert "sign in" in ((await run(ReturnOrder(), slots=GIVEN, customer_id=None)).text or "")
    assert engine.requests == []


@pytest.mark.parametrize(
    ("code", "status", "part"),
    [("cannot_cancel", 409, "moved on meanwhile"), ("order_of_another_customer", 403, "another account")],
)
async def test_a_change_refused_at_the_last_moment_is_said(
    engine: ScriptedEngine, code: str, status: int, part: str
) -> None:
    engine.plan("cancel_order", {"code": code, "message": "…", "field": None}, status=status)
    refused = await run(CancelOrder(), "affirm", slots={**GIVEN, "confirming": "cancel", "confirming_since": 2})
    assert part in (refused.text or "")


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("action", [TrackOrder(), CancelOrder(), ReturnOrder()])
async def test_an_engine_that_is_away_is_admitted(action: Any) -> None:
    away = await run(action, slots=GIVEN)
    assert "can't reach" in (away.text or "")
    assert away.slots == {"pending_task": None, "confirming": None, "confirming_since": None}


async def test_dropping_a_task_touches_no_order(engine: ScriptedEngine) -> None:
    dropped = await run(DropTask(), "deny", slots={**GIVEN, "confirming": "cancel"})
    assert dropped.response == "utter_task_dropped"
    assert dropped.slots == {"pending_task": None, "confirming": None, "confirming_since": None}
    assert engine.requests == []
