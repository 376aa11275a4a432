"""The language in which the actions of a turn speak.

`Turn.of` sets it for the rest of the call; the action server plays each call in a task of its own.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any, Iterator

from babel import Locale
from babel.dates import format_date, format_skeleton

from common.i18n.translations import ENGLISH, translated, translated_text

_LANGUAGE: ContextVar[str] = ContextVar("language", default=ENGLISH)


def speak(language: str) -> None:
    """Say what follows in this language."""
    _LANGUAGE.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say what follows within the block in this language."""
    token = _LANGUAGE.set(language)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def say(english: str, **values: Any) -> str:
    """The sentence in the language of the turn, with its values."""
    return translated(english, _LANGUAGE.get(), **values)


def say_theirs(text: str) -> str:
    """A text of the shop or the engine in the language of the turn, as far as it is known there."""
    return translated_text(text, _LANGUAGE.get())


def say_day(day: date, *, year: bool = True) -> str:
    """A day in words: 26 November 2025, 2025年11月26日; perhaps without its year."""
    language = _LANGUAGE.get()
    if language == ENGLISH:
        return f"{day.day} {day:%B %Y}" if year else f"{day.day} {day:%B}"
    locale = Locale.parse(language, sep="-")
    return format_date(day, locale=locale, format="long") if year else format_skeleton("MMMMd", day, locale=locale)
