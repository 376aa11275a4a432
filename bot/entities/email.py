"""E-mail addresses."""

from __future__ import annotations

import re
from typing import Iterable, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.entities.extractor import SpanExtractor
from bot.entities.spans import Found, found

# What people really have: no quoted local parts and no address literals of RFC 5321. Lengths are the RFC's.
_ADDRESS = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9](?:[\w.+-]{0,62}[\w+-])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w-])"
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EmailExtractor(SpanExtractor):
    """Finds `email`; the value is the address as it was written."""

    def find(self, text: Text, message: Message) -> Iterable[Found]:
        """Every address in the text."""
        return emails_in(text)


def emails_in(text: str) -> list[Found]:
    """Every address in the text."""
    if "@" not in text:
        return []
    return [found("email", match.start(), match.end(), match.group()) for match in _ADDRESS.finditer(text)]
