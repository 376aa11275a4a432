"""The talk about orders of one signed-in customer: what is in them, when they come, what can be changed."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from actions.orders.change_orders import CancelOrder, ReturnOrder, WhichCancellable, WhichReturnable
from actions.orders.order_facts import OrderArrival, OrderContents, OrderTotal
from actions.orders.order_finding import now
from actions.orders.track_orders import ListOrders, TrackOrder
from tests.unit.actions.scripted_engine import Said, ScriptedEngine, run

NOW = now()
NONE_BACK = "None of your orders can be returned now."


def line(name: str, cents: int, quantity: int = 1) -> dict[str, Any]:
    return {"product_id": name, "name": name, "quantity": quantity, "sales_cents": cents}


def at(**ago: float) -> str:
    return (NOW - timedelta(**ago)).isoformat()


PACKED: dict[str, Any] = {
    "order_id": "1004", "number": "1004", "state": "packing", "as_of": None, "placed_at": at(minutes=40),
    "delivered_at": None, "refused_changes": {"return": "not_arrived"}, "total_cents": 380,
    "lines": [line("Cloudy lemonade, 1 l", 290), line("potato crisps", 90)],
}  # fmt: skip
SHIPPED: dict[str, Any] = {
    "order_id": "1003", "number": "1003", "state": "shipped", "as_of": None, "placed_at": at(days=2),
    "delivered_at": None, "refused_changes": {"cancel": "too_late", "return": "not_arrived"}, "total_cents": 1230,
    "lines": [line("Whole milk, 1 l", 129, 2), line("eggs", 299), line("rye bread", 349), line("butter", 453)],
}  # fmt: skip
DELIVERED: dict[str, Any] = {
    "order_id": "1002", "number": "1002", "state": "delivered", "as_of": None, "placed_at": at(days=9),
    "delivered_at": at(days=6), "refused_changes": {"cancel": "too_late"}, "total_cents": 44900,
    "lines": [line("Ridge 2 tent", 44900)],
}  # fmt: skip
OLD: dict[str, Any] = {
    "order_id": "1001", "number": "1001", "state": "delivered", "as_of": None, "placed_at": at(days=70),
    "delivered_at": at(days=67), "refused_changes": {"cancel": "too_late", "return": "window_over"},
    "total_cents": 500, "lines": [line("oranges", 500)],
}  # fmt: skip


def day(timestamp: str) -> str:
    moment = datetime.fromisoformat(timestamp)
    return f"{moment.day} {moment:%B %Y}"


def buttons(said: Said) -> list[tuple[str, str]]:
    return [(button["title"], button["payload"]) for button in said.messages[0]["buttons"]]


def number(value: str) -> dict[str, Any]:
    return {"entity": "order_number", "value": value}


async def test_the_newest_orders_are_a_line_and_a_button_each_and_remembered(engine: ScriptedEngine) -> None:
    engine.have_orders(PACKED, SHIPPED, DELIVERED)
    listed = await run(ListOrders())
    assert listed.text == (
        "Your latest orders:\n"
        "• Order 1004 is being packed: Cloudy lemonade, potato crisps, $3.80.\n"
        "• Order 1003 is on its way: Whole milk, eggs and 2 more, $12.30.\n"
        f"• Order 1002 was delivered on {day(DELIVERED['delivered_at'])}: Ridge 2 tent, $449.00."
    )
    assert buttons(listed)[1] == ("Order 1003", '/inform_order_number{"order_number": "1003"}')
    assert listed.slots["shown_orders"] == ["1004", "1003", "1002"]
    assert "order_number" not in listed.slots


async def test_no_more_than_five_are_listed_and_one_alone_is_what_the_talk_is_about(engine: ScriptedEngine) -> None:
    engine.have_orders(*({**OLD, "number": str(n)} for n in range(7, 0, -1)))
    assert (await run(ListOrders())).slots["shown_orders"] == ["7", "6", "5", "4", "3"]
    engine.forget_plans()
    engine.have_orders(PACKED)
    alone = await run(ListOrders())
    assert alone.text == "There is one so far. Order 1004 is being packed: Cloudy lemonade, potato crisps, $3.80."
    assert alone.slots["order_number"] == "1004"


async def test_a_list_of_days_without_an_order_says_so(engine: ScriptedEngine) -> None:
    engine.have_orders(PACKED, OLD)
    listed = await run(ListOrders(), text="what did i order from yesterday on")
    assert (listed.text or "").startswith("I don't see such an order. Your latest orders:\n• Order 1004")


async def test_a_choice_asks_the_same_of_the_order_that_is_chosen(engine: ScriptedEngine) -> None:
    engine.have_orders(SHIPPED, {**SHIPPED, "number": "1000"})
    question = await run(OrderTotal(), "order_total", text="what did the one with milk cost")
    assert question.text == "Which of these do you mean?"
    assert [payload for _, payload in buttons(question)] == [
        '/order_total{"order_number": "1003"}', '/order_total{"order_number": "1000"}',
    ]  # fmt: skip


async def test_who_is_not_signed_in_signs_in_or_gives_a_number(engine: ScriptedEngine) -> None:
    question = await run(ListOrders(), customer_id=None)
    assert question.text == (
        "Please sign in and I'll list your orders. Or send me an order number, and I'll look for that one."
    )
    assert question.slots["pending_task"] == "track"


async def test_a_change_without_a_number_offers_the_orders_that_can_be_changed(engine: ScriptedEngine) -> None:
    engine.have_orders(PACKED, {**PACKED, "number": "1005"}, SHIPPED, DELIVERED)
    question = await run(CancelOrder(), "cancel_order", text="I want to cancel an order")
    assert question.text == "These can still be cancelled. Which one shall I ask the shop to cancel?"
    assert buttons(question) == [
        (f"Order {n} · Cloudy lemonade, potato crisps · $3.80", f'/inform_order_number{{"order_number": "{n}"}}')
        for n in ("1004", "1005")
    ]
    assert (question.slots["pending_task"], question.slots["shown_orders"]) == ("cancel", ["1004", "1005"])
    slots = question.slots
    chosen = await run(CancelOrder(), "inform_order_number", slots=slots, text="the second one")
    assert chosen.text == "Shall I ask the shop to cancel order 1005?"
    assert chosen.slots["confirming_number"] == "1005"


@pytest.mark.parametrize(
    ("action", "question"),
    [
        (CancelOrder(), "Shall I ask the shop to cancel order 1004?"),
        (ReturnOrder(), "Shall I ask the shop for a return of order 1002?"),
    ],
)
async def test_the_only_order_that_can_be_changed_is_asked_about_at_once(
    engine: ScriptedEngine, action: Any, question: str
) -> None:
    engine.have_orders(PACKED, SHIPPED, DELIVERED, OLD)
    assert (await run(action, text="please")).text == question


@pytest.mark.parametrize(
    ("orders", "action", "text", "offered"),
    [
        (
            [SHIPPED], CancelOrder(),
            "Order 1003 is on its way. It can't be cancelled any more. You can send it back once it has arrived.", [],
        ),
        (
            [SHIPPED, OLD], ReturnOrder(),
            f"{NONE_BACK} Order 1003 is on its way. It can be returned once it has arrived.",
            [],
        ),
        (
            [PACKED], ReturnOrder(),
            "Order 1004 is being packed. It can be returned once it has arrived. It can still be cancelled instead.",
            ["Cancel order 1004"],
        ),
    ],
)  # fmt: skip
async def test_where_nothing_can_be_changed_the_reason_and_what_can_be_done_are_said(
    engine: ScriptedEngine, orders: list[dict[str, Any]], action: Any, text: str, offered: list[str]
) -> None:
    engine.have_orders(*orders)
    refused = await run(action, text="please")
    assert refused.text == text
    assert [title for title, _ in buttons(refused)] == [*offered, "Talk to a person"]
    assert refused.slots["order_number"] == orders[0]["number"]


def said(text: str | None) -> list[dict[str, Any]]:
    return [{"event": "user"}, {"event": "bot", "text": text, "data": {}}]


@pytest.mark.parametrize(
    ("orders", "again"),
    [
        (
            [SHIPPED],
            "Order 1003 can't be cancelled now. You can send it back once it has arrived. A person can tell you more.",
        ),
        ([PACKED], "It's about order 1004. Do you want to have it cancelled? Please say yes or no."),
        ([PACKED, {**PACKED, "number": "1005"}], "Please choose the order that you want to cancel:"),
    ],
)
async def test_who_asks_for_the_same_again_hears_it_in_other_words(
    engine: ScriptedEngine, orders: list[dict[str, Any]], again: str
) -> None:
    engine.have_orders(*orders)
    first = await run(CancelOrder(), "cancel_order", text="cancel it please")
    second = await run(CancelOrder(), "cancel_order", text="cancel it please", earlier=said(first.text))
    assert first.text != second.text == again


async def test_who_is_not_signed_in_is_not_told_so_twice_in_the_same_words(engine: ScriptedEngine) -> None:
    first = await run(CancelOrder(), customer_id=None)
    second = await run(CancelOrder(), customer_id=None, earlier=said(first.text))
    assert "sign in" in (first.text or "")
    assert (
        first.text
        != second.text
        == ("I still can't do that while you aren't signed in to the shop. A person can help you without.")
    )


async def test_a_number_that_cannot_be_changed_says_why_and_the_alternative(engine: ScriptedEngine) -> None:
    engine.have_orders(PACKED, DELIVERED)
    refused = await run(CancelOrder(), text="cancel 1002", entities=[number("1002")])
    assert refused.text == (
        f"Order 1002 was delivered on {day(DELIVERED['delivered_at'])}. It can't be cancelled any more. "
        "You can send it back instead."
    )
    assert buttons(refused)[0] == ("Return order 1002", '/return_order{"order_number": "1002"}')


@pytest.mark.parametrize(
    ("action", "text", "answer"),
    [
        (
            CancelOrder(),
            "can I still call that one off?",
            "Yes, order 1004 can still be cancelled. Shall I ask the shop to cancel it?",
        ),
        (
            ReturnOrder(),
            "the tent, could it go back?",
            "Yes, order 1002 can be returned. Shall I ask the shop to take it back?",
        ),
    ],
)
async def test_whether_it_can_be_done_is_answered_and_waits_for_a_yes(
    engine: ScriptedEngine, action: Any, text: str, answer: str
) -> None:
    engine.have_orders(PACKED, DELIVERED)
    question = await run(action, f"{action.change}_order", slots={"order_number": "1004"}, text=text)
    assert question.text == answer
    assert question.slots["confirming"] == action.change
    assert engine.received("ask_for_change") == []


WAITING = {"confirming": "return", "confirming_since": 2, "confirming_number": "1002"}


async def test_a_yes_after_another_order_was_talked_about_is_asked_again(engine: ScriptedEngine) -> None:
    engine.have_orders(PACKED, DELIVERED)
    question = await run(ReturnOrder(), "affirm", slots={**WAITING, "order_number": "1004"}, text="yes")
    assert question.text == "And order 1002: shall I ask the shop to take it back?"
    assert engine.received("ask_for_change") == []
    confirmed = await run(ReturnOrder(), "affirm", slots={**WAITING, "order_number": "1002"}, text="yes, do it")
    assert "order 1002" in (confirmed.text or "") or "1002" in (confirmed.text or "")
    assert [request["number"] for request in engine.received("ask_for_change")] == ["1002"]


async def test_a_yes_that_names_another_order_does_not_confirm_the_first(engine: ScriptedEngine) -> None:
    engine.have_orders(DELIVERED, {**DELIVERED, "number": "1000"})
    question = await run(
        ReturnOrder(), "affirm", slots={**WAITING, "order_number": "1000"}, text="yes, 1000", entities=[number("1000")]
    )
    assert question.text == "Shall I ask the shop for a return of order 1000?"
    assert engine.received("ask_for_change") == []


async def test_after_a_question_in_between_the_open_one_comes_back(engine: ScriptedEngine) -> None:
    engine.have_orders(PACKED, DELIVERED)
    again = await run(ReturnOrder(), "order_contents", slots={**WAITING, "order_number": "1004"}, text="what was in it")
    assert again.text == "And order 1002: shall I ask the shop to take it back?"


@pytest.mark.parametrize(
    ("action", "orders", "text", "titles"),
    [
        (
            WhichCancellable(), [PACKED, SHIPPED, DELIVERED],
            "One order can still be cancelled: order 1004 · Cloudy lemonade, potato crisps · $3.80.",
            ["Cancel order 1004"],
        ),
        (
            WhichReturnable(), [DELIVERED, {**DELIVERED, "number": "1000"}, OLD],
            "These can be returned:\n• Order 1002 · Ridge 2 tent · $449.00\n• Order 1000 · Ridge 2 tent · $449.00",
            ["Return order 1002", "Return order 1000"],
        ),
        (
            WhichReturnable(), [SHIPPED, OLD],
            f"{NONE_BACK} Order 1003 is on its way. It can be returned once it has arrived.",
            ["Talk to a person"],
        ),
    ],
)  # fmt: skip
async def test_which_orders_can_be_changed(
    engine: ScriptedEngine, action: Any, orders: list[dict[str, Any]], text: str, titles: list[str]
) -> None:
    engine.have_orders(*orders)
    said = await run(action)
    assert said.text == text
    assert [title for title, _ in buttons(said)] == titles
    assert said.slots["confirming"] is None


async def test_what_is_in_it_is_told_a_product_a_line(engine: ScriptedEngine) -> None:
    engine.have_orders(PACKED, SHIPPED)
    said = await run(OrderContents(), slots={"order_number": "1003"}, text="what is in it")
    assert said.text == (
        f"In order 1003, placed on {day(SHIPPED['placed_at'])}:\n"
        "• 2 x Whole milk, 1 l, $1.29\n• eggs, $2.99\n• rye bread, $3.49\n• butter, $4.53"
    )
    assert said.custom["kind"] == "order"
    assert said.slots == {"order_number": "1003", "foreign_order": None}


async def test_a_long_order_ends_with_a_count(engine: ScriptedEngine) -> None:
    engine.have_orders({**OLD, "lines": [line(f"thing {n}", 100) for n in range(30)]})
    lines = ((await run(OrderContents(), text="what did i order")).text or "").split("\n")
    assert (len(lines), lines[-1]) == (10, "• and 22 more products")


async def test_without_a_word_about_which_it_is_the_newest(engine: ScriptedEngine) -> None:
    engine.have_orders(PACKED, SHIPPED)
    assert (await run(OrderTotal(), text="what did I pay")).text == "Order 1004 came to $3.80 for 2 pieces."


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"refunded_cents": 299}, "Order 1003 came to $12.30 for 5 pieces. $2.99 of it has been refunded."),
        ({"currency": "EUR"}, "Order 1003 came to €12.30 for 5 pieces."),
        ({"total_cents": None}, "I can see order 1003, but the shop didn't tell me what it cost."),
    ],
)
async def test_what_it_cost(engine: ScriptedEngine, changes: dict[str, Any], text: str) -> None:
    engine.have_orders({**SHIPPED, **changes})
    assert (await run(OrderTotal())).text == text


SOON = (NOW + timedelta(days=4)).isoformat()
TOMORROW = (NOW + timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (
            {**SHIPPED, "promised_until": SOON},
            f"Order 1003 is on time: it should arrive by {day(SOON)}. It is on its way.",
        ),
        (
            {**SHIPPED, "promised_until": TOMORROW},
            f"Order 1003 is on time: it should arrive by tomorrow, {day(TOMORROW)}. It is on its way.",
        ),
        (
            {**SHIPPED, "promised_until": at(days=1)},
            f"Order 1003 is late: it was promised for {day(at(days=1))}. It is on its way.",
        ),
        (SHIPPED, "The shop has named no day yet for order 1003. It is on its way."),
        (DELIVERED, f"Order 1002 was delivered on {day(DELIVERED['delivered_at'])}."),
        (
            {**DELIVERED, "promised_until": at(days=7)},
            f"Order 1002 was delivered on {day(at(days=6))}. That was late: it was promised for {day(at(days=7))}.",
        ),
        (
            {**DELIVERED, "promised_until": at(days=5)},
            f"Order 1002 was delivered on {day(at(days=6))}. That was on time.",
        ),
        (
            {**OLD, "state": "cancelled", "delivered_at": None},
            "Order 1001 was cancelled. So nothing is on its way.",
        ),
    ],
)
async def test_when_it_comes_and_whether_that_is_as_promised(
    engine: ScriptedEngine, order: dict[str, Any], text: str
) -> None:
    engine.have_orders(order)
    said = await run(OrderArrival())
    assert said.text == text
    assert bool(buttons(said)) is ("is late" in text)


async def test_of_several_that_are_under_way_all_days_are_told(engine: ScriptedEngine) -> None:
    engine.have_orders(PACKED, {**SHIPPED, "promised_until": SOON}, DELIVERED)
    said = await run(OrderArrival(), text="is my order late")
    assert said.text == (
        "These are under way:\n• The shop has named no day yet for order 1004. It is being packed.\n"
        f"• Order 1003 is on time: it should arrive by {day(SOON)}. It is on its way."
    )
    assert said.slots["shown_orders"] == ["1004", "1003"]


@pytest.mark.parametrize(("text", "meant"), [("is my order late?", "1003"), ("when did it come?", "1002")])
async def test_what_has_arrived_is_not_waited_for(engine: ScriptedEngine, text: str, meant: str) -> None:
    engine.have_orders(SHIPPED, DELIVERED)
    for action in (OrderArrival(), TrackOrder()):
        said = await run(action, slots={"order_number": "1002"}, text=text)
        assert said.slots["order_number"] == meant


async def test_a_reason_is_given_for_an_order_that_has_one(engine: ScriptedEngine) -> None:
    cancelled = {**PACKED, "state": "cancelled", "refused_changes": {"cancel": "too_late", "return": "not_arrived"}}
    engine.have_orders(cancelled, SHIPPED)
    for said in (await run(WhichCancellable()), await run(CancelOrder(), text="please")):
        assert (said.text or "").startswith("None of your orders can be cancelled now. Order 1003 is on its way.")
    alone = await run(CancelOrder(), text="cancel 1004", entities=[number("1004")])
    assert alone.text == "Order 1004 was cancelled. There is nothing left to cancel."


@pytest.mark.parametrize("action", [OrderContents(), OrderTotal()])
async def test_what_is_in_an_order_is_shown_to_nobody_who_is_not_signed_in(engine: ScriptedEngine, action: Any) -> None:
    said = await run(action, slots={"order_number": "1003"}, customer_id=None)
    assert said.text == "I can only show that to who placed the order. Please sign in and ask me again."
    assert engine.received("order") == []


@pytest.mark.parametrize("action", [OrderContents(), OrderTotal(), OrderArrival()])
async def test_of_an_order_of_somebody_else_nothing_is_told(engine: ScriptedEngine, action: Any) -> None:
    engine.have_orders(PACKED)
    said = await run(action, text="and 4711000?", entities=[number("4711000")])
    assert said.text == "I can't show you order 4711000; it isn't in your account. Please check the number."
    assert said.slots["foreign_order"] == "4711000"


@pytest.mark.parametrize("action", [OrderContents(), OrderTotal(), OrderArrival(), ListOrders(), WhichReturnable()])
async def test_a_customer_without_orders_hears_so(engine: ScriptedEngine, action: Any) -> None:
    engine.plan("orders_of_customer", orders=[])
    assert (await run(action)).text == "I see no orders in your account yet."


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("action", [OrderContents(), OrderArrival(), ListOrders(), WhichCancellable()])
async def test_an_engine_that_is_away_is_admitted(action: Any) -> None:
    assert "can't reach" in ((await run(action)).text or "")


async def test_a_part_of_a_message_is_answered_by_its_own_words(engine: ScriptedEngine) -> None:
    engine.have_orders(PACKED, SHIPPED, DELIVERED)
    request = {"intent": "track_order", "text": "where is the tent", "entities": []}
    events = [{"event": "slot", "name": "request", "value": request}]
    said = await run(
        TrackOrder(),
        "cancel_order",
        slots={"request": request},
        events=events,
        text="cancel 1004 and where is the tent",
    )
    assert (said.text or "").startswith("Order 1002")


async def test_a_request_of_an_earlier_message_is_not_read(engine: ScriptedEngine) -> None:
    engine.have_orders(PACKED, SHIPPED, DELIVERED)
    request = {"intent": "affirm", "text": "yes", "entities": []}
    earlier = [{"event": "slot", "name": "request", "value": request}]
    said = await run(TrackOrder(), slots={"request": request}, earlier=earlier, text="where is the tent")
    assert (said.text or "").startswith("Order 1002")
