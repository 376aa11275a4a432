"""Amounts of money: digits or a number word beside a currency. A number alone is not money."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Dict, Iterable, Optional, Text

from price_parser import Price
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.entities.extractor import SpanExtractor
from bot.entities.numbers import NUMBER_WORDS
from bot.entities.spans import Found, found

CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "buck": "USD", "bucks": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP",
    "chf": "CHF", "¥": "JPY", "jpy": "JPY", "yen": "JPY", "cny": "CNY", "rmb": "CNY",
    "yuan": "CNY", "cad": "CAD", "aud": "AUD", "sek": "SEK", "pln": "PLN",
}  # fmt: skip
"""ISO 4217 codes of what customers write, in lower case. `$` and dollars are read as those of the United States."""
SMALL = {"cent": None, "cents": None, "ct": None, "pence": "GBP", "penny": "GBP", "p": "GBP"}
"""Hundredths, and whose they are; cents are of many currencies."""


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


# Six digits at most: longer ones are order numbers. Thousands may be set apart by points or commas, not by blanks.
_DIGITS = r"(?:\d{1,3}(?:[.,]\d{3}){1,2}|\d{1,6})(?:[.,]\d{1,2})?(?![\d])"
_WORDS = rf"(?:{_any_of(NUMBER_WORDS)})(?:[ -](?:{_any_of(NUMBER_WORDS)}))?"
_SIGNS = _any_of(sign for sign in CURRENCIES if not sign.isalpha())
_CODES = _any_of(code for code in CURRENCIES if code.isalpha() and len(code) == 3 and code != "yen")
_NAMES = _any_of([*(name for name in CURRENCIES if name.isalpha()), *(small for small in SMALL if small != "p")])
_BEFORE = rf"(?:(?:{_SIGNS})\s?|\b(?:{_CODES})\s?)(?P<amount>{_DIGITS})"
_AFTER = (
    rf"(?<![\w.,])(?:(?P<digits>{_DIGITS})\s?(?:{_SIGNS}|(?:{_NAMES})\b)|\d{{1,2}}p\b|(?:{_WORDS})\s(?:{_NAMES})\b)"
    r"(?!\s+of\b)"  # two pounds of beef
)
_MONEY = re.compile(rf"{_BEFORE}|{_AFTER}", re.IGNORECASE)
_HINT = re.compile(rf"{_SIGNS}|\d\s?(?:{_NAMES}|{_CODES}|p)\b|(?:{_CODES})\s?\d|\b(?:{_NAMES})\b", re.IGNORECASE)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class MoneyExtractor(SpanExtractor):
    """Finds `amount_of_money`; the value is {"cents": 2050, "currency": "EUR"}, the currency null where unsaid."""

    @staticmethod
    def required_packages() -> list[Text]:
        """Imported above."""
        return ["price_parser"]

    def find(self, text: Text, message: Message) -> Iterable[Found]:
        """Every amount in the text."""
        return amounts_in(text)


def amounts_in(text: str) -> list[Found]:
    """Every amount in the text."""
    if not _HINT.search(text):
        return []
    amounts = []
    for match in _MONEY.finditer(text):
        if (value := _value(match.group())) is not None:
            amounts.append(found("amount_of_money", match.start(), match.end(), value))
    return amounts


def _value(written: str) -> Optional[Dict[str, Any]]:
    """What `20,50 EUR`, `99 cents` or `twenty euros` come to; None for nothing at all."""
    amount: Optional[Decimal] = Price.fromstring(written).amount
    if amount is None:
        amount = _of_words(written)
    if not amount:
        return None
    unit = re.sub(r"[\d.,\s]|^.*\s(?=[a-z]+$)", "", written.lower())
    if unit in SMALL:
        return {"cents": int(amount), "currency": SMALL[unit]}
    currency = CURRENCIES.get(unit)
    # The yen has no hundredth; it is counted in hundredths all the same, so that all amounts compare alike.
    return {"cents": int(amount * 100), "currency": currency}


def _of_words(written: str) -> Optional[Decimal]:
    parts = [NUMBER_WORDS[part] for part in re.split(r"[\s-]", written.lower()) if part in NUMBER_WORDS]
    if not parts:
        return None
    if len(parts) == 2 and parts[1] == 100:
        return Decimal(parts[0] * 100)
    return Decimal(sum(parts))
