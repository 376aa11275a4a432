"""Which days a message speaks of when it looks back: "from last week", "Tuesday's order", "12 November"."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple

Days = Tuple[date, date]
"""The first and the last of them."""
Reading = Callable[["re.Match[str]", date], List[Days]]
"""From the words and today to the days, the narrowest reading first."""


@dataclass(frozen=True)
class DaysMeant:
    """Days in the past on which an order was placed or came."""

    spans: Tuple[Days, ...]
    """The narrowest reading first; a wider one counts where the narrower finds nothing."""
    certain: bool
    """The days belong to an order ("from Tuesday"); else perhaps to something else, such as a wish."""
    arrival: bool
    """They are about when it came."""


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "a couple of": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "few": 4, "a few": 4,
}  # fmt: skip
_MONTH = (
    r"(?P<{}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_COUNT = "|".join(sorted(_COUNTS, key=len, reverse=True))
_FROM_ORDER = re.compile(
    r"\b(?:from|of|placed|ordered|bought|purchased|made|paid|delivered|arrived|came|got|received)\b|'s (?:one|order)\b",
    re.IGNORECASE,
)
_ARRIVAL = re.compile(r"\b(?:delivered|delivery|arrived|came|got|received)\b", re.IGNORECASE)
_AHEAD = re.compile(
    r"\b(?:by|until|till|before|tomorrow|next|will|should have|supposed|promised|need)\b|'ll\b", re.IGNORECASE
)


def days_meant(text: str, entities: Sequence[Mapping[str, Any]], *, today: date) -> Optional[DaysMeant]:
    """The days that the words, or an entity `date` (YYYY-MM-DD), mean; None where there are none in the past."""
    words = text.lower()
    looks_back = "day before yesterday" in words or re.search(r"\bfrom\b", words) is not None
    if _AHEAD.search(words) and not looks_back:
        return None
    found = next(((match, reading) for pattern, reading in _READINGS if (match := pattern.search(words))), None)
    if found is not None:
        match, reading = found
        spans = reading(match, today)
    else:
        days = [_iso(entity.get("value")) for entity in entities if entity.get("entity") == "date"]
        spans = [(day, day) for day in days if day is not None]
    spans = [span for span in spans if span[0] <= today]
    if not spans:
        return None
    certain = _FROM_ORDER.search(words) is not None
    return DaysMeant(tuple(spans), certain=certain, arrival=_ARRIVAL.search(words) is not None)


def _days_back(back: int) -> Reading:
    return lambda _, today: [_about(today - timedelta(days=back), 0)]


def _weekend(_: "re.Match[str]", today: date) -> List[Days]:
    saturday = _monday(today) - timedelta(days=2)
    return [(saturday + timedelta(days=7), today), (saturday, saturday + timedelta(days=1))]


def _last_week(_: "re.Match[str]", today: date) -> List[Days]:
    """The calendar's; people also say so of what is about a week ago, whatever the weekday."""
    monday = _monday(today) - timedelta(days=7)
    loosely = (today - timedelta(days=14), today - timedelta(days=4))
    return [(monday, monday + timedelta(days=6)), loosely]


def _last_month(_: "re.Match[str]", today: date) -> List[Days]:
    end = today.replace(day=1) - timedelta(days=1)
    return [(end.replace(day=1), end), (today - timedelta(days=45), today - timedelta(days=20))]


def _ago(match: "re.Match[str]", today: date) -> List[Days]:
    count = int(match["count"]) if match["count"].isdigit() else _COUNTS[match["count"]]
    length = {"day": 1, "week": 7, "month": 30}[match["unit"]]
    at = today - timedelta(days=count * length)
    return [_about(at, 0), _about(at, 1)] if length == 1 else [_about(at, length // 2)]


def _named(match: "re.Match[str]", today: date) -> List[Days]:
    day = _past_day(int(match["day"] or match["day2"]), match["month"] or match["month2"], today)
    return [] if day is None else [_about(day, 0)]


def _weekday(match: "re.Match[str]", today: date) -> List[Days]:
    day = today - timedelta(days=(today.weekday() - _WEEKDAYS.index(match["weekday"])) % 7)
    return [_about(day, 0), _about(day - timedelta(days=7), 0)]


def _month(match: "re.Match[str]", today: date) -> List[Days]:
    first = _past_day(1, match["month"], today)
    return [] if first is None else [(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))]


def _monday(today: date) -> date:
    return today - timedelta(days=today.weekday())


def _about(day: date, margin: int) -> Days:
    return (day - timedelta(days=margin), day + timedelta(days=margin))


def _past_day(day: int, month: str, today: date) -> Optional[date]:
    """The newest such day that is not ahead; None for one that no calendar has."""
    number = _MONTHS.index(month[:3]) + 1
    for year in (today.year, today.year - 1):
        try:
            found = date(year, number, day)
        except ValueError:
            continue
        if found <= today:
            return found
    return None


def _iso(value: Any) -> Optional[date]:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


_READINGS: Tuple[Tuple["re.Pattern[str]", Reading], ...] = (
    (re.compile(r"\b(?:today|this morning|this afternoon|tonight)\b"), _days_back(0)),
    (re.compile(r"\bday before yesterday\b"), _days_back(2)),
    (re.compile(r"\b(?:yesterday|last night)\b"), _days_back(1)),
    (re.compile(r"\bweekend\b"), _weekend),
    (re.compile(r"\bthis week\b"), lambda _, today: [(_monday(today), today)]),
    (re.compile(r"\b(?:last|past|previous) week\b"), _last_week),
    (re.compile(r"\b(?:last|past|previous) month\b"), _last_month),
    (re.compile(rf"\b(?P<count>\d{{1,3}}|{_COUNT}) (?P<unit>day|week|month)s? ago\b"), _ago),
    (
        re.compile(
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH.format('month')}\b"
            rf"|\b{_MONTH.format('month2')} (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b"
        ),
        _named,
    ),
    (re.compile(rf"\b(?P<weekday>{'|'.join(_WEEKDAYS)})\b"), _weekday),
    (re.compile(rf"\b(?:in|from|of|last) {_MONTH.format('month')}\b(?! \d)"), _month),
)
"""What is tried in turn; the first that is found counts."""
