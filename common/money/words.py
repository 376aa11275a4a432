"""Amounts of money as people write them. Every amount is in cents, the smallest unit of its currency by ISO 4217."""

from __future__ import annotations

import copy
import re
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency

from common.money.currencies import DECIMALS

_LETTER_AT_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_NO_BREAK = "\u00a0"


def in_words(cents: int, currency: str, locale: Locale) -> str:
    """Write an amount as it is written there: €4.95 in English, the sign behind it in German, ¥500, KWD 0.500.

    The digits behind the point are those in which the currency is counted, even where CLDR shows none, as for RSD: they
    are part of what is paid. Letters keep a space to digits (CLDR's currency spacing). Raises KeyError for what is no
    currency.
    """
    decimals = DECIMALS[currency]
    pattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    amount = Decimal(cents).scaleb(-decimals)
    text = format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)
    return _LETTER_AT_DIGIT.sub(_NO_BREAK, text)
