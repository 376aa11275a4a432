"""Cells of tables as amounts, times and words.

A cell that can be read in two ways is refused rather than guessed: `1.234` is one thousand in Germany and one and a bit
in Britain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from babel.core import UnknownLocaleError
from babel.numbers import NumberFormatError, parse_decimal
from markupsafe import Markup

from common.money.currencies import DECIMALS
from promo_engine.domain.catalogue.shop_catalogue import MOST_CENTS, ShopItemError
from promo_engine.domain.money import Currency
from promo_engine.ports.shop.shop_file_reader import RowFinding, Severity

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a shop's clock may be ahead of ours."""
_NUMBER = re.compile(r"[+-]?[0-9.,'’]*[0-9]")  # noqa: RUF001 - some locales write thousands with it
_PLAIN = re.compile(r"[+-]?\d+")
_POINT = re.compile(r"[+-]?\d*\.\d+")
_EXPORTED = re.compile(r"([0-9]{1,12})(?:\.([0-9]+))?")
_ONE_SEPARATOR = re.compile(r"[+-]?(\d+)[.,](\d+)")
_BOTH_SEPARATORS = re.compile(r"[+-]?\d{1,3}(?:(\D)\d{3})+([.,])\d+")
_OFFSET = re.compile(r"\s*(?:UTC|GMT)?\s*([+-]\d{2}):?(\d{2})$")
_TRUE, _FALSE = {"true", "1", "yes", "y", "t"}, {"false", "0", "no", "n", "f"}


def amount(text: str, *, column: str, locale: str | None = None, machine: bool = False) -> Decimal:
    """A number as the locale writes it; `machine` is the form of exports, digits and a point. Raises ShopItemError."""
    compact = text.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if not _NUMBER.fullmatch(compact):
        raise ShopItemError(column, f"{text!r} is not a number")
    try:
        if _PLAIN.fullmatch(compact) or (machine and _POINT.fullmatch(compact)):
            return Decimal(compact)
        if machine:
            raise ShopItemError(column, f"{text!r} is not a number with a decimal point")
        if locale is not None:
            return parse_decimal(compact, locale=locale, strict=True)
    except (NumberFormatError, InvalidOperation) as error:
        raise ShopItemError(column, f"{text!r} is not a number as {locale} writes it") from error
    except (UnknownLocaleError, ValueError) as error:
        if isinstance(error, ShopItemError):
            raise
        raise ShopItemError(column, f"there is no locale {locale!r}; try en or de") from error
    return _without_locale(compact, text, column)


def _without_locale(compact: str, text: str, column: str) -> Decimal:
    both = _BOTH_SEPARATORS.fullmatch(compact)
    if both and both[1] != both[2]:
        return Decimal(compact.replace(both[1], "").replace(",", "."))
    single = _ONE_SEPARATOR.fullmatch(compact)
    # Thousands stand in threes after one to three digits, and no number begins with 0 thousand.
    if single and (len(single[2]) != 3 or len(single[1]) > 3 or single[1] == "0"):
        return Decimal(compact.replace(",", "."))
    if single:
        raise ShopItemError(column, f"{text!r} can be read in two ways; say which with --locale")
    raise ShopItemError(column, f"{text!r} is not a number")


def cents(text: str, currency: str, *, column: str, locale: str | None = None, machine: bool = False) -> int:
    """An amount in cents of its currency. Raises ShopItemError for more decimals than it has, and for less than 0."""
    exported = _EXPORTED.fullmatch(text) if machine else None
    if exported and len(exported[2] or "") <= DECIMALS.get(currency, -1):  # what nearly every export writes, quickly
        return int(exported[1] + (exported[2] or "").ljust(DECIMALS[currency], "0"))
    value = amount(text, column=column, locale=locale, machine=machine)
    scaled = value.scaleb(Currency(currency).decimals)
    if scaled != scaled.to_integral_value():
        raise ShopItemError(column, f"{text!r} has more decimals than {currency} has")
    if not 0 <= scaled <= MOST_CENTS:
        raise ShopItemError(column, f"{text!r} is not an amount between 0 and {MOST_CENTS} cents")
    return int(scaled)


def whole(text: str, *, column: str) -> int:
    """A whole number, such as `3` or `3.0`. Raises ShopItemError."""
    value = amount(text, column=column, machine=True)
    if value != value.to_integral_value():
        raise ShopItemError(column, f"{text!r} is not a whole number")
    return int(value)


def truth(text: str, *, column: str, default: bool | None = None) -> bool | None:
    """Yes or no in the words of exports; `default` for an empty cell. Raises ShopItemError."""
    word = text.strip().lower()
    if not word:
        return default
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise ShopItemError(column, f"{text!r} is neither true nor false")


def plain_text(text: str) -> str:
    """Words without tags, entities and runs of blanks."""
    if "<" not in text and "&" not in text:
        return " ".join(text.split())
    return str(Markup(text).striptags())


@dataclass
class ImageLinks:
    """Addresses of pictures in one file. One that a page cannot show is left out, and that is said once."""

    left_out: list[str] = field(default_factory=list)

    def read(self, text: str) -> str:
        """The address; empty for one that is no https address."""
        if not text or text.startswith("https://"):
            return text
        if text.startswith("http://"):
            return f"https://{text.removeprefix('http://')}"
        self.left_out.append(text)
        return ""

    def notes(self, column: str) -> Iterator[RowFinding]:
        """The finding, if there is one."""
        if self.left_out:
            reason = f"{len(self.left_out)} pictures have no https address; a placeholder stands for them"
            yield RowFinding(0, "", column, self.left_out[0][:80], Severity.NOTE, reason)


@dataclass
class TimeReader:
    """Reads times of one file. Remembers what has to be said once."""

    zone: ZoneInfo | None
    now: datetime | None = None
    format: str | None = None
    repeated_hours: list[str] = field(default_factory=list)
    """Times in an hour that the clock repeats; they are taken as the first of the two."""

    def read(self, text: str, *, column: str) -> datetime:
        """A time in UTC. Raises ShopItemError for one without a zone, in the future, or that nobody can read."""
        moment = self._parse(text.strip(), column)
        if moment.tzinfo is None:
            if self.zone is None:
                raise ShopItemError(column, f"{text!r} has no zone; name one with --zone Europe/Berlin")
            local = moment.replace(tzinfo=self.zone)
            if local.utcoffset() != local.replace(fold=1).utcoffset() and not self._skipped(local):
                self.repeated_hours.append(text)
            moment = local
        utc = moment.astimezone(UTC)
        if self.now is not None and utc > self.now + CLOCK_TOLERANCE:
            raise ShopItemError(column, f"{text!r} lies in the future")
        return utc

    def notes(self, column: str) -> Iterator[RowFinding]:
        """The finding about hours that the clock repeats, if there were any."""
        if self.repeated_hours:
            count = len(self.repeated_hours)
            reason = f"{count} times lie in an hour that the clock repeats; the first is taken"
            yield RowFinding(0, "", column, self.repeated_hours[0], Severity.NOTE, reason)

    def _parse(self, text: str, column: str) -> datetime:
        try:
            if self.format is not None:
                return datetime.strptime(text, self.format)
            if offset := _OFFSET.search(text):
                text = f"{text[: offset.start()]}{offset[1]}:{offset[2]}"
            elif text.endswith((" UTC", " GMT")):
                text = f"{text[:-4]}+00:00"
            return datetime.fromisoformat(text)
        except ValueError as error:
            form = f"of the form {self.format}" if self.format else "such as 2026-11-30 14:05 or 2026-11-30T14:05:00Z"
            raise ShopItemError(column, f"{text!r} is not a time {form}") from error

    @staticmethod
    def _skipped(local: datetime) -> bool:
        return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None)
