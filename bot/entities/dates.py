"""Days: "last friday", "in 3 days", "12 March", "2026-11-20".

A pattern finds the words, dateparser says which day they mean. dateparser's own search through a text takes many times
longer and takes words such as "may" and "second" for dates.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any, Dict, Iterable, List, Optional, Text
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dateparser
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message

from bot.entities.extractor import SpanExtractor
from bot.entities.numbers import NUMBER_WORDS
from bot.entities.spans import Found, found

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = "|".join(WEEKDAYS)
_MONTH = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s(?:19|20)\d{2})?"
_COUNT = rf"(?:\d{{1,3}}|{'|'.join(word for word in NUMBER_WORDS if word != 'hundred')})"
_UNIT = r"(?:days?|weeks?|months?|years?)"
_DATE = re.compile(
    rf"""(?<![\w./-])(?:
    (?P<near>(?:the\s)?day\s(?:after\stomorrow|before\syesterday)|today|tonight|tomorrow|yesterday|this\s(?:morning|evening))
    |(?P<near_weekday>(?P<which>last|past|next|this|coming)\s(?P<weekday>{_WEEKDAY}|weekend))
    |(?P<step>(?:last|next)\s(?:week|month|year))
    |(?P<ahead>in\s{_COUNT}\s{_UNIT})
    |(?P<ago>{_COUNT}\s{_UNIT}\sago)
    |(?P<iso>(?:19|20)\d{{2}}-(?:1[0-2]|0?[1-9])-(?:3[01]|[12]\d|0?[1-9]))
    |(?P<numeric>\d{{1,2}}(?P<mark>[./-])\d{{1,2}}(?P=mark)(?:\d{{4}}|\d{{2}})?)
    |(?P<short>(?:(?<=on\s)|(?<=by\s)|(?<=since\s)|(?<=until\s))\d{{1,2}}/\d{{1,2}})
    |(?P<named>{_DAY}\s(?:of\s)?(?:{_MONTH})\b{_YEAR}|(?:{_MONTH})\s{_DAY}{_YEAR})
    |(?P<nth>(?:(?<=on\s)|(?<=by\s)|(?<=till\s)|(?<=since\s)|(?<=until\s)|(?<=from\s))the\s(?P<day>{_DAY})(?<=[a-z])(?!\s(?:of\s)?(?:{_MONTH})))
    |(?P<bare>{_WEEKDAY})
    )(?![\w/-]|\.\d)""",
    re.IGNORECASE | re.VERBOSE,
)
_HINT = re.compile(
    rf"day|week|month|year|tonight|tomorrow|this\s|\d[./-]\d|\d\s?(?:st|nd|rd|th)\b|(?:{_MONTH})\s\d|\d\s(?:{_MONTH})|\dth|of\s(?:{_MONTH})",
    re.IGNORECASE,
)
_AHEAD = re.compile(r"\b(?:will|shall|by|until|till|can|could|need|want|before|going to|would)\b|'ll\b", re.IGNORECASE)
_BEHIND = re.compile(
    r"\b(?:was|were|had|did|didn't|since|ordered|bought|came|arrived|got|received|paid|sent|placed|returned|delivered|"
    r"promised|said|told|expired|ended)\b",
    re.IGNORECASE,
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class DateExtractor(SpanExtractor):
    """Finds `date`; the value is a day as YYYY-MM-DD, counted from the day on which the message was written.

    Settings: `timezone`, where that day is taken; `order`, how 03/04/2026 is read (DMY or MDY). The message's time is
    `sent_at` in its metadata (ISO 8601), or now where that is missing.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults."""
        return {"timezone": "UTC", "order": "DMY"}

    @staticmethod
    def required_packages() -> List[Text]:
        """Imported above."""
        return ["dateparser"]

    def __init__(self, config: Dict[Text, Any]) -> None:
        super().__init__(config)
        order, name = self._config["order"], self._config["timezone"]
        if order not in ("DMY", "MDY"):
            raise InvalidConfigException(f"DateExtractor: order must be DMY or MDY, not {order!r}")
        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, TypeError) as error:
            raise InvalidConfigException(f"DateExtractor: there is no timezone {name!r}") from error
        # The first use loads the language, some 15 ms; better here than in a customer's turn.
        dates_in("in 1 day", now=datetime.now(self._zone), order=order)

    def find(self, text: Text, message: Message) -> Iterable[Found]:
        """Every day in the text."""
        if not _HINT.search(text):
            return []
        return dates_in(text, now=self._written_at(message), order=self._config["order"])

    def _written_at(self, message: Message) -> datetime:
        sent_at = (message.get("metadata") or {}).get("sent_at")
        if sent_at is None:
            return datetime.now(self._zone)
        return moment(sent_at).astimezone(self._zone)


def moment(iso: str) -> datetime:
    """A time in ISO 8601, Z included, which Python 3.10 cannot read. Raises ValueError, and TypeError for no text."""
    return datetime.fromisoformat(re.sub("Z$", "+00:00", iso))


def dates_in(text: str, *, now: datetime, order: str = "DMY") -> List[Found]:
    """Every day in the text, seen from `now`, which is local to the shop."""
    days = []
    for match in _DATE.finditer(text):
        day = _day(match, text, now.replace(tzinfo=None), order)
        if day is not None:
            days.append(found("date", match.start(), match.end(), day.isoformat()))
    return days


def _day(match: re.Match[str], text: str, now: datetime, order: str) -> Optional[date]:
    """The day that the words mean; None for one that no calendar has."""
    words = match.group().lower()
    today = now.date()
    if match["near"]:
        words = {"tonight": "today", "this morning": "today", "this evening": "today"}.get(words, words)
    elif match["near_weekday"]:
        return _weekday(match["weekday"].lower(), match["which"].lower(), today)
    elif match["bare"]:
        return _weekday(words, "last" if _points_back(text) else "next", today)
    elif match["nth"]:
        return _nth(int(re.sub(r"\D", "", match["day"])), today, back=_points_back(text))
    elif match["iso"]:
        order = "YMD"
    elif match["numeric"] and words.endswith((".", "/", "-")):
        words = f"{words}{now.year}"
    settings = {
        "RELATIVE_BASE": now,
        "DATE_ORDER": order,
        "PREFER_DATES_FROM": _direction(text),
        "PARSERS": ["relative-time", "absolute-time"],
    }
    parsed = dateparser.parse(words, languages=["en"], settings=settings)
    return parsed.date() if parsed else None


def _points_back(text: str) -> bool:
    return not _AHEAD.search(text) and _BEHIND.search(text) is not None


def _direction(text: str) -> str:
    """Where a day without a year lies."""
    if _points_back(text):
        return "past"
    return "future" if _AHEAD.search(text) else "current_period"


def _weekday(name: str, which: str, today: date) -> date:
    """The nearest such day before or after today; today itself only for "this". A weekend is its Saturday."""
    wanted = WEEKDAYS.index("saturday" if name == "weekend" else name)
    ahead = (wanted - today.weekday()) % 7
    if name == "weekend" and which == "this" and ahead == 6:
        return today  # a Sunday
    if which in ("last", "past"):
        return today - timedelta(days=(7 - ahead) % 7 or 7)
    return today + timedelta(days=ahead if ahead or which == "this" else 7)


def _nth(day: int, today: date, *, back: bool) -> Optional[date]:
    """The nearest such day of a month, before or after today; today counts."""
    month = today.replace(day=1)
    for _ in range(3):  # of three months in a row at least two have it
        candidate = _of_month(month, day)
        if candidate is not None and (candidate <= today if back else candidate >= today):
            return candidate
        month = (month - timedelta(days=1)).replace(day=1) if back else (month + timedelta(days=32)).replace(day=1)
    return None


def _of_month(month: date, day: int) -> Optional[date]:
    try:
        return month.replace(day=day)
    except ValueError:
        return None
