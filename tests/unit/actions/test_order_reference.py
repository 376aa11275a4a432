from datetime import datetime
from typing import Any

import pytest

from actions.engine_replies import Order
from actions.orders.order_reference import find_order
from tests.unit.actions.scripted_engine import CONTRACT

NOW = datetime.fromisoformat("2026-11-25T12:00:00+00:00")  # a Wednesday


def order(number: str, state: str, placed: str, delivered: str | None, *names: str) -> Order:
    lines = [{"product_id": name, "name": name, "quantity": 1, "sales_cents": 100} for name in names]
    body = {
        **CONTRACT["order"]["response"],
        "number": number, "state": state, "placed_at": f"{placed}T09:00:00+01:00",
        "delivered_at": delivered and f"{delivered}T15:00:00+01:00", "lines": lines,
    }  # fmt: skip
    return Order(**{name: body[name] for name in Order.__dataclass_fields__})


ORDERS = [
    order("1004", "packing", "2026-11-25", None, "Cloudy lemonade, 1 l", "potato crisps"),
    order("1003", "shipped", "2026-11-23", None, "Whole milk, 1 l", "eggs, 10 pieces", "rye bread"),
    order("1002", "delivered", "2026-11-16", "2026-11-19", "Ridge 2 tent", "camping stoves"),
    order("1001", "delivered", "2026-10-12", "2026-10-15", "Whole milk, 1 l", "oranges", "dog food"),
]
ALL = ["1004", "1003", "1002", "1001"]


def number(value: str) -> dict[str, Any]:
    return {"entity": "order_number", "value": value}


def day(value: str) -> dict[str, Any]:
    return {"entity": "date", "value": value}


def find(
    text: str, *entities: dict[str, Any], shown: list[str] | None = None, current: str | None = None
) -> tuple[str | None, tuple[str, ...], bool]:
    found = find_order(text, entities, ORDERS, shown=shown or [], current=current, now=NOW)
    return found.number, found.numbers, found.said


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("has the last one left yet", "1004"),
        ("track my latest order", "1004"),
        ("what about my most recent purchase?", "1004"),
        ("show me the newest", "1004"),
        ("is the parcel i ordered just now packed", None),
        ("the one I just placed", "1004"),
        ("what did i buy last time?", "1004"),
        ("what i got last week", "1002"),
        ("i just bought something, cancel that", "1004"),
        ("what happened to my oldest order", "1001"),
        ("my first order ever", "1001"),
        ("send back the tent", "1002"),
        ("the one with lemonade in it", "1004"),
        ("where are my Eggs?!", "1003"),
        ("what did the camping stove order cost", "1002"),
        ("the newest one with milk", "1003"),
        ("the oldest one with milk please", "1001"),
        ("the one with milk and oranges", "1001"),
        ("the order from yesterday", None),
        ("what i ordered today", "1004"),
        ("the one from monday", "1003"),
        ("the parcel that came on thursday", "1002"),
        ("the order i placed 2 days ago", "1003"),
        ("my purchase of last week", "1002"),
        ("the parcel i got last week", "1002"),
        ("the thing i bought last month", "1001"),
        ("the order of 12 October", "1001"),
        ("the one placed on October 12th", "1001"),
        ("the one from october", "1001"),
        ("the delivered one from last week", "1002"),
        ("the one that is on its way", "1003"),
        ("the one that's still being packed", "1004"),
        ("the one ending in 02", "1002"),
    ],
)
def test_words_tell_which_order_is_meant(text: str, meant: str | None) -> None:
    assert find(text)[0] == meant


@pytest.mark.parametrize(
    ("text", "entities", "meant"),
    [
        ("where is 1002", [number("1002")], "1002"),
        ("where is # 1002", [number("# 1002")], "1002"),
        ("cancel 4711", [number("4711")], "4711"),
        ("not 1001, 1003", [number("1001"), number("1003")], "1003"),
        ("i said 1001 but meant 1003", [number("1001"), number("1003")], "1003"),
        ("the last one, i mean 1002", [number("1002")], "1002"),
        ("the one from the 16th", [day("2026-11-16")], "1002"),
        ("ordered on 23/11", [day("2026-11-23")], "1003"),
        ("the one delivered on the 15th of october", [day("2026-10-15")], "1001"),
    ],
)
def test_numbers_and_dates_tell_too(text: str, entities: list[dict[str, Any]], meant: str) -> None:
    assert find(text, *entities) == (meant, (), True)


@pytest.mark.parametrize(
    ("text", "shown", "current", "meant"),
    [
        ("the first one", ["1003", "1001"], None, "1003"),
        ("2nd one please", ["1003", "1001"], None, "1001"),
        ("the second", ["1003", "1001"], None, "1001"),
        ("number three", ALL, None, "1002"),
        ("option 2", ALL, None, "1003"),
        ("the middle one", ["1004", "1003", "1001"], None, "1003"),
        ("the one at the bottom", ["1004", "1003", "1001"], None, "1001"),
        ("two", ["1004", "1003"], None, "1003"),
        ("the last one", ["1003", "1001"], None, "1003"),
        ("my last order", ["1003", "1001"], None, "1004"),
        ("the last one then", ["1002"], None, "1002"),
        ("the other one", ["1004", "1002"], "1004", "1002"),
        ("no, not that one", ["1004", "1002"], "1002", "1004"),
        ("and the older one?", ["1004", "1002"], "1004", "1002"),
        ("the order before that one", [], "1003", "1002"),
        ("the previous order", ALL, "1004", "1003"),
        ("what's in it", [], "1002", "1002"),
        ("cancel that order", ALL, "1003", "1003"),
        ("when does this one come", [], "1004", "1004"),
        ("the fifth one", ALL, None, None),
        ("wait a second", ["1003", "1001"], None, None),
        ("how long does a delivery take", ALL, "1003", None),
        ("will it be here by friday", [], "1003", "1003"),
        ("it should have come on monday", [], "1002", "1002"),
    ],
)
def test_what_was_shown_and_talked_about_counts(
    text: str, shown: list[str], current: str | None, meant: str | None
) -> None:
    assert find(text, shown=shown, current=current)[0] == meant


@pytest.mark.parametrize(
    ("text", "entities", "shown", "fit"),
    [
        ("the one with milk", [], [], ("1003", "1001")),
        ("the other one", [], ["1004", "1003", "1002"], ("1004", "1003", "1002")),
        ("cancel 1003 and 1004", [number("1003"), number("1004")], [], ("1003", "1004")),
        ("the delivered one", [], [], ("1002", "1001")),
    ],
)
def test_several_that_fit_are_left_to_the_customer(
    text: str, entities: list[dict[str, Any]], shown: list[str], fit: tuple[str, ...]
) -> None:
    assert find(text, *entities, shown=shown) == (None, fit, True)


@pytest.mark.parametrize("text", ["the order from yesterday", "the cancelled one", "the one ending in 99"])
def test_an_order_that_is_spoken_of_and_does_not_exist_is_known_as_such(text: str) -> None:
    assert find(text, current="1003") == (None, (), True)


@pytest.mark.parametrize("text", ["where is my order", "I want to return something", "cancel", "is it my fault"])
def test_nothing_said_is_no_order(text: str) -> None:
    assert find(text) == (None, (), False)


def test_a_place_in_the_list_that_looks_like_a_number_is_a_place() -> None:
    assert find("2", number("2"), shown=["1003", "1001"])[0] == "1001"
    assert find("2", number("2"))[0] == "2"


def test_without_orders_nothing_is_found_but_a_number() -> None:
    assert find_order("the last one", [], [], shown=[], current=None, now=NOW).number is None
    assert find_order("1001", [number("1001")], [], shown=[], current=None, now=NOW).number == "1001"
