"""Order numbers as this shop writes them, as a component of Rasa.

What they look like stands in a file that the engine keeps up to date (`docs/shop.md`); training copies it into the
model. A newer file counts at once, without training: the numbers of a shop that was just imported are found.
"""

from __future__ import annotations

import json
import logging
import os
import re
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Pattern, Sequence, Text, Tuple

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.entities.extractor import SpanExtractor
from bot.entities.spans import Found, found

logger = logging.getLogger(__name__)

FILE_NAME = "order_numbers.json"
UNKNOWN_SHOP = (r"\d{3}-\d{7}-\d{7}", r"#?\s?\d{5,15}")
"""For a shop without orders yet: marketplaces write three groups; sixteen digits are a card's."""
BARE_NUMBER = "inform_order_number"
"""What a customer does who writes a number and nothing else. Rules understand it where a postcode was asked for."""
_STRONGER = {"email", "amount_of_money", "date", "quantity"}
_CUE = re.compile(r"(?:\b(?:order|bestellung|auftrag|number|num|no|nr|#)\b\.?|#|订单号?)\W{0,3}$", re.IGNORECASE)
# Groups of digits with blanks, dashes, brackets or a plus between them, seven digits or more: a telephone number.
_PHONE = re.compile(r"(?<![\w#])\+?\(?\d[\d()]*(?:[ /.-]\(?\d[\d()]*){1,6}(?!\w)|(?<!\w)\+\d{7,15}(?!\w)")
_LEAST_PHONE_DIGITS = 7
_POSTCODE = r"(?:post\s?code|postal code|zip(?:\s?code)?|pin(?:\s?code)?|plz)"
_POSTCODE_CUE = re.compile(rf"\b{_POSTCODE}\W{{0,3}}(?:(?:is|ist|to|of|for)\W{{0,2}})?$", re.IGNORECASE)
_IS_POSTCODE = re.compile(
    rf"\s+(?:(?:is|ist|as)\s+)?(?:(?:my|the|our|a|mein\w*|die)\s+)?{_POSTCODE}\b(?!\W{{0,3}}(?:is\W)?\d)", re.IGNORECASE
)
_YEAR = re.compile(r"(?:19|20)\d{2}")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class OrderNumberExtractor(SpanExtractor):
    """Finds `order_number`; the value is the number as it was written, without `#` and outer blanks.

    Settings: `patterns`, the engine's file. A number that is part of a telephone number, an amount, a date or an e-mail
    address is none, nor is a postcode that is called one. A year, and a number below 1000, need a word such as "order"
    before them, or no other word in the message.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults; PROMOBOT_ORDER_NUMBER_FILE names another file."""
        return {"patterns": os.environ.get("PROMOBOT_ORDER_NUMBER_FILE", "var/models/order_numbers.json")}

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[str]:
        """The file's content."""
        path = Path({**cls.get_default_config(), **config}["patterns"])
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> OrderNumberExtractor:
        """An extractor for a shop that is not known yet."""
        return cls(config, model_storage, resource, UNKNOWN_SHOP)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> OrderNumberExtractor:
        """The extractor with the patterns that it was trained with."""
        with model_storage.read_from(resource) as folder:
            stored = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, stored)

    def __init__(
        self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, patterns: Sequence[str]
    ) -> None:
        super().__init__(config)
        self._model_storage = model_storage
        self._resource = resource
        self._trained = list(patterns)
        self._file = Path(self._config["patterns"])
        self._stamp: Optional[Tuple[int, int]] = None
        self._pattern = compiled(patterns)

    def train(self, training_data: TrainingData) -> Resource:
        """Copy what the shop's numbers look like into the model."""
        self._trained = patterns_in(self._file) or list(UNKNOWN_SHOP)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / FILE_NAME).write_text(json.dumps(self._trained), encoding="utf-8")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Read customers' messages. One that is nothing but a number of this shop is about an order, however it looks:
        no number of examples could tell the numbers of every shop."""
        for message in super().process(messages):
            entities = [entity for entity in message.get(ENTITIES, []) if entity["entity"] == "order_number"]
            text = message.get(TEXT) or ""
            if len(entities) == 1 and _is_all(text, entities[0]["value"]):
                sure = {INTENT_NAME_KEY: BARE_NUMBER, PREDICTED_CONFIDENCE_KEY: 1.0}
                ranked = message.get(INTENT_RANKING_KEY, [])
                others = [intent for intent in ranked if intent[INTENT_NAME_KEY] != BARE_NUMBER]
                message.set(INTENT, sure, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [sure, *others], add_to_output=True)
        return messages

    def find(self, text: Text, message: Message) -> Iterable[Found]:
        """Every order number in the text."""
        self._follow_file()
        return order_numbers_in(text, self._pattern, message.get(ENTITIES, []))

    def _follow_file(self) -> None:
        try:
            status = self._file.stat()
        except OSError:
            return
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp != self._stamp:
            self._stamp = stamp
            self._pattern = compiled(patterns_in(self._file) or self._trained)


def patterns_in(file: Path) -> List[str]:
    """The file's patterns; none where there is no file, or a broken one."""
    try:
        patterns: List[str] = json.loads(file.read_text(encoding="utf-8"))["patterns"]
        compiled(patterns)
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, re.error) as error:
        logger.warning("%s cannot be read, order numbers are found as before: %s", file, error)
        return []
    return patterns


def compiled(patterns: Sequence[str]) -> Pattern[str]:
    """One pattern of all; no letter or digit stands beside a number, but for Chinese, which has no blanks."""
    beside = r"[0-9A-Za-z\u00c0-\u024f_-]"
    either = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(rf"(?<!{beside})(?:{either})(?!{beside})", re.IGNORECASE)


def order_numbers_in(text: str, pattern: Pattern[str], entities: Iterable[Mapping[str, Any]] = ()) -> List[Found]:
    """Every order number in the text; `entities` are what others found in it."""
    taken = [
        (entity["start"], entity["end"])
        for entity in entities
        if entity["entity"] in _STRONGER and "start" in entity and "end" in entity
    ]
    phones = [match.span() for match in _PHONE.finditer(text) if _is_phone(match.group())]
    numbers = []
    for match in pattern.finditer(text):
        written = match.group()
        start = match.start() + len(written) - len(written.lstrip("# \t\n"))
        end = match.start() + len(written.rstrip())
        cued = "#" in written or _CUE.search(text[:start]) is not None
        alone = _is_all(text, text[start:end])
        if any(start < stop and begin < end for begin, stop in taken) and not cued:
            continue
        if any(begin <= start and end <= stop and (begin, stop) != (start, end) for begin, stop in phones) and not cued:
            continue
        if _POSTCODE_CUE.search(text[:start]) or _IS_POSTCODE.match(text[end:]):
            continue
        if _is_weak(text[start:end]) and not (cued or alone):
            continue
        numbers.append(found("order_number", start, end, text[start:end]))
    return numbers


def _is_all(text: str, number: str) -> bool:
    return text.strip("# \t\n.!?").casefold() == number.strip("# \t\n").casefold()


def _is_phone(written: str) -> bool:
    return sum(char.isdigit() for char in written) >= _LEAST_PHONE_DIGITS


def _is_weak(number: str) -> bool:
    """Three digits can be anything, and four a year."""
    return number.isdigit() and (len(number) <= 3 or _YEAR.fullmatch(number) is not None)
