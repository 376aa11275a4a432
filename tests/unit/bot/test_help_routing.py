from pathlib import Path
from typing import Any

import pytest

from bot.dialogue.flows import Flow, load_flows
from bot.dialogue.help_routing import with_help
from bot.dialogue.requests import Request

FLOWS = load_flows(Path("data/flows"))
UNSURE = "nlu_fallback"
FOUND = {"article_id": "x", "confidence": 0.8, "intents": []}


def routed(intent: str, *ranking: tuple[str, float], same: tuple[str, ...] = ()) -> Request:
    parse = {"help": [{"article_id": "x", "confidence": 0.8, "intents": list(same)}]}
    (request,) = with_help([Request(intent, "x", (), ranking)], parse, FLOWS)
    return request


@pytest.mark.parametrize(
    ("intent", "ranking", "same"),
    [
        (UNSURE, [], ()),
        (UNSURE, [("price_match", 0.4)], ()),
        (UNSURE, [("price_match", 0.4)], ("price_match",)),  # both only say it; the article is nearer to the question
        (UNSURE, [("track_order", 0.05)], ("track_order",)),
        (UNSURE, [("track_order", 0.4)], ()),
        ("place_order", [("place_order", 0.6)], ()),
    ],
)
def test_an_article_answers(intent: str, ranking: Any, same: tuple[str, ...]) -> None:
    request = routed(intent, *ranking, same=same)
    assert (request.intent, request.ranking) == (UNSURE, ())


@pytest.mark.parametrize(
    ("intent", "ranking", "same"),
    [
        (UNSURE, [("track_order", 0.4)], ("track_order",)),  # the flow looks it up, the article only says how
        (UNSURE, [("out_of_scope", 0.3), ("cancel_order", 0.25)], ("cancel_order",)),
        ("place_order", [("place_order", 0.9)], ()),
        ("place_order", [("place_order", 0.6)], ("place_order",)),
        ("cancel_order", [("cancel_order", 0.6)], ()),
        ("item_damaged", [("item_damaged", 0.6)], ()),
        ("inform_order_number", [("track_order", 0.6)], ()),
        ("out_of_scope", [("out_of_scope", 0.9)], ()),
    ],
)
def test_the_guessed_intent_answers(intent: str, ranking: Any, same: tuple[str, ...]) -> None:
    assert routed(intent, *ranking, same=same) == Request(intent, "x", (), tuple(ranking))


@pytest.mark.parametrize("parse", [{}, {"help": []}, {"help": None}, {"help": [{"article_id": "x"}]}])
def test_without_an_article_nothing_changes(parse: dict[str, Any]) -> None:
    request = Request(UNSURE, "x")
    assert with_help([request], parse, FLOWS) == [request]


@pytest.mark.parametrize(
    ("intent", "confidence", "entity", "stays"),
    [
        ("product_availability", 0.44, "category", True),
        ("product_search", 0.5, "product", True),
        ("product_search", 0.5, "date", False),
        ("product_search", 0.2, "category", False),
        ("price_match", 0.5, "category", False),
    ],
)
def test_who_names_products_sees_them(intent: str, confidence: float, entity: str, stays: bool) -> None:
    request = Request(UNSURE, "do you have tents?", ({"entity": entity, "value": "tents"},), ((intent, confidence),))
    (routed_to,) = with_help([request], {"help": [FOUND]}, FLOWS)
    assert (routed_to == request) is stays


def test_two_requests_in_a_message_are_left_alone() -> None:
    requests = [Request("price_match", "x"), Request("gift_card", "y")]
    assert with_help(requests, {"help": [FOUND]}, FLOWS) == requests


def test_an_intent_without_a_flow_yields() -> None:
    flows: dict[str, Flow] = {}
    (request,) = with_help([Request("some", "x", (), (("some", 0.5),))], {"help": [FOUND]}, flows)
    assert request.intent == UNSURE
