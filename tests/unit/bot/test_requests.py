from typing import Any

import pytest

from bot.dialogue.requests import requests_in


def parse(text: str, word: str, intent: str, ranking: list[tuple[str, float]], **more: Any) -> dict[str, Any]:
    start = text.find(word)
    thing = {"entity": "category", "value": word, "category": "Camping > X", "start": start, "end": start + len(word)}
    return {
        "text": text,
        "intent": {"name": intent, "confidence": 0.35},
        "intent_ranking": [{"name": name, "confidence": confidence} for name, confidence in ranking],
        "entities": [thing] if word else [],
        **more,
    }


@pytest.mark.parametrize(
    ("text", "word", "intent", "ranking", "has_article", "meant"),
    [
        # The word of the catalogue alone, whatever the model guesses.
        ("tents?", "tents", "out_of_scope", [("out_of_scope", 0.6)], True, "product_search"),
        ("sleeping bags", "sleeping bags", "nlu_fallback", [("track_order", 0.1)], False, "product_search"),
        # In a sentence that was not understood.
        ("show me your jackets", "jackets", "nlu_fallback", [("product_search", 0.32)], False, "product_search"),
        (
            "what boots do you have",
            "boots",
            "nlu_fallback",
            [("out_of_scope", 0.2), ("product_availability", 0.1)],
            False,
            "product_search",
        ),
        # Something else is likelier, a help article answers it, or it is none of the shop's business.
        ("i lost my tent", "tent", "nlu_fallback", [("lost_parcel", 0.3)], False, "nlu_fallback"),
        ("how do i wash my jacket", "jacket", "nlu_fallback", [("product_search", 0.2)], True, "nlu_fallback"),
        ("my dog ate a rope", "rope", "out_of_scope", [("out_of_scope", 0.7)], False, "out_of_scope"),
        # Nothing that is sold is named, or the message was understood.
        ("show me something", "", "nlu_fallback", [("product_search", 0.3)], False, "nlu_fallback"),
        ("return my tent", "tent", "return_order", [("return_order", 0.8)], False, "return_order"),
    ],
)
def test_a_word_of_the_catalogue_wants_products_where_nothing_else_is_understood(
    *, text: str, word: str, intent: str, ranking: list[tuple[str, float]], has_article: bool, meant: str
) -> None:
    found = parse(text, word, intent, ranking, help=[{"passage": "…"}] if has_article else [])
    assert [request.intent for request in requests_in(found)] == [meant]
