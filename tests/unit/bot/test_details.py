"""Answers to questions about details go to the change; what asks, drops or begins something else does not."""

from typing import Any

import pytest
from rasa.shared.core.domain import Domain

from bot.dialogue.flow_policy import FlowPolicy
from tests.unit.bot.test_dialogue import Talk, domain, policy

__all__ = ["domain", "policy"]

ASKS_FOR_PAYMENT = {"action_swap_items": {"pending_task": None, "pending_detail": "swap", "wish": {"change": "swap"}}}
LISTS = {
    "action_swap_items": {
        "pending_task": None,
        "confirming": "swap",
        "wish": {"change": "swap", "body": {"kind": "items"}},
    }
}


@pytest.fixture
def talk(policy: FlowPolicy, domain: Domain) -> Talk:
    return Talk(policy, domain)


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("gift_card", "my gift card"),
        ("product_search", "the blue one"),
        ("nlu_fallback", "Ada Berg, 10115"),
        ("check_payment_methods", "paypal please"),
        ("set_up_shipping_address", "9 Oak Lane, Portland"),
    ],
)
def test_an_answer_goes_to_the_change_whatever_it_means_alone(talk: Talk, intent: str, text: str) -> None:
    talk.says("exchange_items", "exchange the lamp", ASKS_FOR_PAYMENT)
    assert talk.says(intent, text, LISTS) == ["action_swap_items"]
    assert talk.slot("request")["intent"] == "inform_detail"


@pytest.mark.parametrize(
    ("intent", "text", "steps"),
    [
        ("deny", "never mind", ["action_drop_task"]),
        ("contact_human_agent", "let me talk to a person", ["action_hand_over"]),
        ("cancel_order", "no, cancel the order", ["action_cancel_order", "action_propose_offer"]),
    ],
)
def test_who_drops_it_or_wants_something_else_is_followed(talk: Talk, intent: str, text: str, steps: Any) -> None:
    talk.says("exchange_items", "exchange the lamp", ASKS_FOR_PAYMENT)
    assert talk.says(intent, text) == steps


def test_a_list_that_is_corrected_is_made_anew(talk: Talk) -> None:
    talk.says("exchange_items", "exchange the lamp", LISTS)
    assert talk.says("deny", "no, i meant the white one", LISTS) == ["action_swap_items"]
    assert talk.slot("request")["intent"] == "inform_detail"
    assert talk.says("affirm", "yes", {"action_swap_items": {"confirming": None}}) == ["action_swap_items"]
    assert talk.slot("request")["intent"] == "affirm"


def test_a_bare_no_leaves_everything_as_it_is(talk: Talk) -> None:
    talk.says("exchange_items", "exchange the lamp", LISTS)
    assert talk.says("deny", "no thanks") == ["action_drop_task"]


def test_what_stands_beside_a_change_and_asks_nothing_is_a_part_of_it(talk: Talk) -> None:
    text = "exchange the lamp for a white one. i'll use my card for it"
    clauses = [
        {
            "text": "exchange the lamp for a white one.",
            "intent_ranking": [{"name": "exchange_items", "confidence": 0.9}],
        },
        {"text": "i'll use my card for it", "intent_ranking": [{"name": "check_payment_methods", "confidence": 0.8}]},
    ]
    assert talk.says("exchange_items", text, LISTS, clauses=clauses) == ["action_swap_items"]
    assert talk.slot("request")["text"] == text


def test_a_change_that_the_words_say_of_an_order_is_begun_where_no_guess_is_sure(talk: Talk) -> None:
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.4},
        {"name": "product_search", "confidence": 0.2},
        {"name": "exchange_items", "confidence": 0.15},
    ]
    text = "exchange the bookshelf for brown in the order with the shirt"
    assert talk.says("nlu_fallback", text, LISTS, intent_ranking=ranking) == ["action_swap_items"]
    assert talk.says("nlu_fallback", "what about an exchange rate", intent_ranking=ranking) == ["action_ask_meaning"]


@pytest.mark.parametrize(
    ("intent", "text"),
    [("check_refund_policy", "and tell me what your return window is"), ("get_invoice", "i need the invoice")],
)
def test_another_request_beside_a_change_is_answered_too(talk: Talk, intent: str, text: str) -> None:
    clauses = [
        {"text": "cancel 1001", "intent_ranking": [{"name": "cancel_order", "confidence": 0.9}]},
        {"text": text, "intent_ranking": [{"name": intent, "confidence": 0.9}]},
    ]
    steps = talk.says("cancel_order", f"cancel 1001 {text}", clauses=clauses)
    assert steps[0] == "action_cancel_order"
    assert {"utter_refund_policy", "utter_get_invoice"} & set(steps)
