"""Short turns that live on what was said before, and words about the products that were shown."""

from typing import Any

import pytest

from bot.dialogue.follow_ups import asks_the_same_of, bare_question, last_clause, names_next
from bot.dialogue.product_talk import goes_on_about_products, is_about_size, takes_one


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("when?", "when"),
        ("ok and where does that go", "where"),
        ("until which day does it last?", "how_long"),
        ("how much is it", "how_much"),
        ("so what can we do about it", "what_now"),
        ("for the future, where do I put it?", "where"),
        ("where is it", None),
        ("when does my order come", None),
        ("which cards do you take", None),
        ("", None),
    ],
)
def test_a_bare_question_is_one_that_says_no_more(text: str, question: str | None) -> None:
    assert bare_question(text) == question


def test_the_last_clause_stands_behind_the_last_comma() -> None:
    assert last_clause("no person, please, just tell me where I see it") == "just tell me where I see it"


def thing(text: str, word: str) -> list[dict[str, Any]]:
    start = text.index(word)
    return [{"entity": "product", "start": start, "end": start + len(word), "value": word, "category": "X"}]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("and some honey?", True),
        ("or for honey instead", True),
        ("honey", False),
        ("where do I find honey", False),
        ("honey was missing from my parcel, and now?", False),
    ],
)
def test_another_thing_is_meant_like_the_one_before(text: str, same: bool) -> None:
    assert asks_the_same_of(text, thing(text, "honey")) is same


def test_without_a_thing_nothing_is_meant_alike() -> None:
    assert not asks_the_same_of("and now?", [])


def test_what_about_something_that_no_entity_names() -> None:
    assert names_next("hm, what about seafood?")
    assert not names_next("what about that one")
    assert not names_next("what about the order that I placed on Sunday night")


@pytest.mark.parametrize("text", ["which is the dearest", "got a bigger pack?", "anything else?", "all below 3 euros"])
def test_words_that_go_on_about_products(text: str) -> None:
    assert goes_on_about_products(text)


def test_words_that_do_not() -> None:
    assert not goes_on_about_products("where is my order")
    assert is_about_size("which sizes are there") and not is_about_size("which colours are there")


@pytest.mark.parametrize(
    ("text", "takes"), [("ok, I'll take that one", True), ("I want the second one please", True), ("yes", False)]
)
def test_taking_a_product_names_none(text: str, takes: bool) -> None:
    assert takes_one(text) is takes
