"""How many of something: "3 x", "two boxes", "12 eggs", or a bare "two" as an answer."""

from __future__ import annotations

import re
from typing import Any, Iterable, List, Mapping, Match, Optional, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from bot.entities.extractor import SpanExtractor
from bot.entities.numbers import NUMBER_WORDS
from bot.entities.spans import Found, found

MOST = 999
"""Three digits: five and more are an order number."""
_WORDS = {**NUMBER_WORDS, "dozen": 12, "a dozen": 12, "half a dozen": 6, "a couple of": 2, "a pair of": 2}
# "a box" says nothing about how many; "one box" does.
_WORD = "|".join(sorted((word for word in _WORDS if word not in ("a", "an")), key=len, reverse=True))
_NUMBER = rf"(?<![\w.,/#-])(?P<number>\d{{1,3}}|{_WORD})"
_UNITS = (
    "x|pcs?|pieces?|packs?|packets?|boxe?s?|bottles?|cans?|tins?|jars?|bags?|cartons?|crates?|units?|items?|"
    "articles?|products?|parcels?|(?:kilos?|kg|litres?|liters?|pounds?)(?= of)|of (?:them|those|these|each)"
)  # a weight alone, as in "I weigh 94 kg", counts nothing
_COUNTED = re.compile(rf"{_NUMBER}(?:(?<=\d)\s?[x\u00d7]|\s(?:{_UNITS}))(?![\w])", re.IGNORECASE)
_TIMES = re.compile(r"(?<![\w-])[x\u00d7]\s?(?P<number>\d{1,3})(?![\w.,-])", re.IGNORECASE)
_ALONE = re.compile(rf"\W*(?:just|only|make it|i want|i need|i'd like)?\W*{_NUMBER}(?:\s+please)?\W*", re.IGNORECASE)
# Up to two words may stand between: "12 free-range brown eggs", "2 kg apples".
_BEFORE_PRODUCT = re.compile(rf"{_NUMBER}\s?(?:(?:kg|x)\s|\s?(?:[A-Za-z-]{{3,15}}\s){{0,2}})$", re.IGNORECASE)
LOOK_BACK = 50
"""Characters before a product in which its number can stand."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class QuantityExtractor(SpanExtractor):
    """Finds `quantity`; the value is a whole number from 1 to 999. Stands behind whatever finds products."""

    def find(self, text: Text, message: Message) -> Iterable[Found]:
        """Every quantity in the text."""
        return quantities_in(text, entities=message.get(ENTITIES, []))


def quantities_in(text: str, *, entities: Iterable[Mapping[str, Any]] = ()) -> List[Found]:
    """Every quantity in the text; of `entities`, products and categories can be counted."""
    matches: List[Optional[Match[str]]] = [*_COUNTED.finditer(text), *_TIMES.finditer(text)]
    if len(text) <= LOOK_BACK:
        matches.append(_ALONE.fullmatch(text))
    for entity in entities:
        if entity["entity"] in ("product", "category") and "start" in entity:
            matches.append(_BEFORE_PRODUCT.search(text, max(0, entity["start"] - LOOK_BACK), entity["start"]))
    by_span = {match.span("number"): match["number"].lower() for match in matches if match}
    values = {span: int(word) if word.isdigit() else _WORDS[word] for span, word in by_span.items()}
    return [found("quantity", *span, value) for span, value in sorted(values.items()) if 0 < value <= MOST]
