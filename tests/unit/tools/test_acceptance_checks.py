"""What an acceptance conversation checks: each check has a reply that it lets pass and one that it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tools.acceptance.acceptance_set import AcceptanceSet, Expectation, SetError, filled, read_set
from tools.acceptance.observed_turn import Observed, faults, words_of

OF = AcceptanceSet([], {"lost": "not sure I understood", "question": "[?]|please send", "status": "on its way|packed"})
FACTS = {"order.latest": "1001", "order.latest.items": "(?:milk|eggs)"}
OFFER = {
    "offer": {"title": "10 % off milk"},
    "text": "By the way: 10 % off milk.",
    "buttons": [{"title": "Yes, please"}],
}


def said(text: str, **parts: Any) -> dict[str, Any]:
    return {"text": text, **parts}


def wrong(expectation: dict[str, Any], *replies: dict[str, Any], **circumstances: Any) -> list[str]:
    observed = Observed(list(replies), **{"waits": False, **circumstances})
    return faults(Expectation.model_validate(expectation), observed, OF, FACTS)


CASES = [
    ({"says_any": ["<status>", "gone"]}, said("It is on its way."), said("It is lost.")),
    ({"says_all": ["{order.latest}", "<status>"]}, said("Order 1001 is packed."), said("Order 1002 is packed.")),
    ({"says_any": ["{order.latest.items}"]}, said("Eggs and bread."), said("Bread.")),
    ({"says_none": ["sorry"]}, said("Here it is."), said("Sorry, no.")),
    ({"offers": True}, OFFER, said("Nothing.")),
    ({"offers": False}, said("Nothing."), OFFER),
    ({"offer_about": "milk"}, OFFER, {**OFFER, "offer": {"title": "Tea"}}),
    ({"outcome": "accepted"}, said("Yours.", outcome={"outcome": "accepted"}), said("Yours.")),
    ({}, said("Fine."), said("Yours.", outcome={"outcome": "accepted"})),
    ({"buttons_any": ["delete"]}, said("Sure?", buttons=[{"title": "Delete all"}]), said("Delete all?")),
    ({"asks": True}, said("Please send the number."), said("Here it is.")),
    ({"asks": True}, said("Choose.", buttons=[{"title": "A"}]), OFFER),
    ({"products": True}, said("Tea, $4.20"), said("Tea")),
    ({"silent": "no", "max_chars": 5}, said("Hello"), said("Hello!")),
    ({"lost": "any"}, said("I'm not sure I understood."), {}),
    ({}, said("Hello."), said("I'm not sure I understood.")),
    ({"any_of": [{"says_any": ["a cow"]}, {"offers": True}]}, said("A cow."), said("A horse.")),
]


@pytest.mark.parametrize(("expectation", "good", "bad"), CASES)
def test_a_check_lets_pass_what_holds_and_nothing_else(
    expectation: dict[str, Any], good: dict[str, Any], bad: dict[str, Any]
) -> None:
    assert wrong(expectation, good) == []
    assert len(wrong(expectation, *([bad] if bad else []))) == 1


def test_silence_may_be_wanted_allowed_or_wrong() -> None:
    assert wrong({"silent": True}) == []
    assert wrong({"silent": True}, said("Hello.")) == ["said something"]
    assert wrong({"silent": "may", "says_any": ["line"]}) == []
    assert wrong({"silent": "may", "says_any": ["line"]}, said("Hello.")) == ["says none of ['line']"]
    assert wrong({}) == ["said nothing"]


def test_who_waits_for_a_person() -> None:
    assert wrong({"handover": True}, said("A moment."), waits=True) == []
    assert wrong({"handover": True}, said("A moment.")) == ["no hand-over"]
    assert wrong({"handover": False}, said("A moment."), waits=True) == ["waits for a person"]


def test_the_state_of_an_order() -> None:
    expectation = {"order_state": {"order": "latest", "is": "packing|cancelled"}}
    assert wrong(expectation, said("Done."), order_states={"latest": "cancelled"}) == []
    assert wrong(expectation, said("Done."), order_states={"latest": "shipped"}) == ["the latest order is shipped"]


def test_the_same_words_again() -> None:
    assert wrong({"repeats": False}, said("Hello."), before="Hi.") == []
    assert wrong({"repeats": False}, said("Hello."), before="Hello.") == ["says the same again"]


def test_the_card_of_an_offer_is_not_read_and_products_are() -> None:
    offer = said(
        "Take it: 10 % off milk. You buy milk.", offer={"title": "10 % off milk.", "explanation": "You buy milk."}
    )
    cards = said("I found:", products=[{"name": "Green tea", "after_cents": 420}])
    assert words_of([offer, cards]) == "Take it: I found: Green tea $4.20"


def test_a_fact_that_is_not_known_is_said() -> None:
    with pytest.raises(SetError, match=r"order\.new is not known"):
        filled("where is {order.new}", FACTS, {})


TALK = "- {id: a, kind: k, turns: [{say: hello, expect: {says_any: [x]}}]}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {id: a, kind: k}", "talks.yml: turns: Field required"),
        ("- {id: a, kind: k, turns: [{say: x, do: buy}]}", "talks.yml: turns.0: Value error, a turn has one of"),
        ("- {id: a, kind: k, turns: [{press: x}]}", "talks.yml: turns.0: Value error, a turn with press has else"),
        ("- {id: a, kind: k, turns: [{say: x, expect: {sais_any: [x]}}]}", "talks.yml: turns.0.expect.sais_any: Extra"),
        ("- {id: a, turns: [", "talks.yml, line 2: "),
        (TALK + TALK, "the conversation a stands twice"),
    ],
)
def test_a_set_that_cannot_be_played_is_said_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "_patterns.yml").write_text("lost: x\n")
    (tmp_path / "talks.yml").write_text(text + "\n")
    with pytest.raises(SetError) as raised:
        read_set(tmp_path)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_conversations_are_chosen_by_the_start_of_their_id(tmp_path: Path) -> None:
    (tmp_path / "_patterns.yml").write_text("lost: x\n")
    (tmp_path / "talks.yml").write_text(TALK + TALK.replace("id: a", "id: b"))
    assert [talk.id for talk in read_set(tmp_path, only="b").conversations] == ["b"]
    with pytest.raises(SetError, match="no conversation starts with 'c'"):
        read_set(tmp_path, only="c")


@pytest.mark.parametrize("shop", ["larder", "trail"])
def test_the_projects_own_set_can_be_played(shop: str) -> None:
    own = read_set(Path("tests/conversations/acceptance") / shop)
    assert {"lost", "question"} <= set(own.patterns)
    known = {f"order.{name}{part}": "1" for name in NAMES for part in ("", ".items", ".total", ".day")}
    for talk in own.conversations:
        for step in talk.turns:
            filled(step.say or step.typed or "", known, {})
            for way in step.expect.ways() if step.expect else ():
                for pattern in (*way.says_any, *way.says_all, *way.says_none, *way.buttons_any):
                    assert "<" not in filled(str(pattern), known, own.patterns), f"{talk.id}: {pattern}"


NAMES = ("old", "returnable", "shipped", "cancellable", "latest", "new", "unknown", "other_customer")
