"""Conditions of an offer: a tree of all, any and not over facts about customer, basket, conversation and clock.

A fact may be unknown. Then a condition on it is neither met nor unmet. `refusal` refuses then; `reason_to_hide` does
not, so that it can judge by the clock alone what nobody gets now. Stored as JSON, each node an object with one key:
`{"all": [...]}`, `{"first_order": true}`. Errors begin with the path to the node: `all.1.country`.

Time windows are read off a wall clock in their zone. An hour that the clock skips never comes, one that it repeats
counts both times, and a day that the zone leaves out (Samoa, 30 December 2011) has no windows; so a window of a whole
day lasts 23 or 25 hours where the clocks change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from promo_engine.domain.money import Currency

MAX_DEPTH = 8
MAX_NODES = 100
MAX_ENTRIES = 1_000
MAX_TEXT = 128
MAX_NUMBER = 10**12
DAY_MINUTES = 24 * 60
UNKNOWN = "we cannot tell yet whether this offer is for you"
_OF_CATEGORIES = ("category_in_basket", "category_bought")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Facts:
    """What is known at a moment; None is unknown. `at` has a time zone."""

    at: datetime | None = None
    segments: frozenset[str] | None = None
    order_count: int | None = None
    days_since_order: float | None = None
    """Unknown as well where there was no order."""
    basket_cents: int | None = None
    basket_category_ids: frozenset[int] | None = None
    bought_category_ids: frozenset[int] | None = None
    channel: str | None = None
    intent: str | None = None
    sentiment: str | None = None
    country: str | None = None
    """ISO 3166 alpha-2, upper case."""
    currency: str | None = None
    stock: Mapping[str, int] | None = None
    """Pieces by product_id."""


@dataclass(frozen=True)
class Window:
    """Weekdays (0 is Monday) from a minute of the day until before another."""

    weekdays: frozenset[int]
    from_minute: int = 0
    until_minute: int = DAY_MINUTES

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ValueError("time_windows: weekdays are one or more of Mon, Tue, Wed, Thu, Fri, Sat, Sun")
        if not 0 <= self.from_minute < self.until_minute <= DAY_MINUTES:
            raise ValueError("time_windows: from has to lie before until, on one day; a night is two windows")


@dataclass(frozen=True)
class TimeWindows:
    """Inside one of the windows, by the clock of the zone."""

    zone: str
    windows: tuple[Window, ...]

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"time_windows: there is no time zone {self.zone!r}, such as Europe/Berlin") from None
        if not self.windows:
            raise ValueError("time_windows: one or more windows are needed")
        for day in range(7):
            of_day = sorted((w.from_minute, w.until_minute) for w in self.windows if day in w.weekdays)
            if any(later[0] < earlier[1] for earlier, later in pairwise(of_day)):
                raise ValueError(f"time_windows: two windows overlap on {_WEEKDAYS[day]}")

    def holds(self, at: datetime) -> bool:
        """Say whether a moment lies inside."""
        local = at.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        return any(local.weekday() in w.weekdays and w.from_minute <= minute < w.until_minute for w in self.windows)


@dataclass(frozen=True)
class Predicate:
    """One question about one fact. `asked` is what the fact is compared with; `from_json` makes and checks it."""

    name: str
    asked: Any

    __test__ = False  # no test case, whatever pytest thinks of the name


@dataclass(frozen=True)
class Compound:
    """`all` or `any` of several, or `not` of one."""

    how: str
    of: tuple[Condition, ...]


Condition = Predicate | Compound


@dataclass(frozen=True)
class _Kind:
    read: Callable[[Any], Any]
    """From JSON; raises ValueError."""
    write: Callable[[Any], Any]
    meets: Callable[[Any, Facts], bool | None]
    words: Callable[[Any], str]
    against: str = "this offer is not for you at the moment"
    """Said where the test stands under `not` and holds."""


def refusal(condition: Condition, facts: Facts) -> str | None:
    """Say why the condition is not met, in words for the shopper; None if it is. Unknown facts refuse."""
    met, reason = _judge(condition, facts)
    return None if met else reason


def reason_to_hide(condition: Condition, facts: Facts) -> str | None:
    """Say why the condition is certainly not met; None if it is, or if that is not known yet."""
    met, reason = _judge(condition, facts)
    return reason if met is False else None


def _judge(condition: Condition, facts: Facts) -> tuple[bool | None, str]:
    """Return whether it is met (None: unknown) by Kleene's three-valued logic, and the words if it is not."""
    if isinstance(condition, Predicate):
        kind = _KINDS[condition.name]
        met = kind.meets(condition.asked, facts)
        return met, UNKNOWN if met is None else kind.words(condition.asked)
    judged = [_judge(one, facts) for one in condition.of]
    if condition.how == "not":
        met = judged[0][0]
        inner = condition.of[0]
        words = (
            _KINDS[inner.name].against if isinstance(inner, Predicate) else "this offer is not for you at the moment"
        )
        return (None, UNKNOWN) if met is None else (not met, words)
    if condition.how == "all":
        unmet = [one for one in judged if one[0] is False] or [one for one in judged if one[0] is None]
        return unmet[0] if unmet else (True, "")
    if any(met for met, _ in judged):
        return True, ""
    if any(met is None for met, _ in judged):
        return None, UNKNOWN
    return False, "; or ".join(dict.fromkeys(reason for _, reason in judged))


def from_json(stored: object, *, category_id: Callable[[object], int] | None = None) -> Condition:
    """Read a condition. Raises ValueError with what is wrong in one line.

    With `category_id`, which raises ValueError too, categories are written by their names.
    """
    return _Reader(category_id).read(stored, path=())


def to_json(condition: Condition, *, category_name: Callable[[int], str] | None = None) -> dict[str, Any]:
    """Return what `from_json` reads; with `category_name`, categories by their names."""
    if isinstance(condition, Predicate):
        written = _KINDS[condition.name].write(condition.asked)
        if category_name is not None and condition.name in _OF_CATEGORIES:
            written = sorted(category_name(one) for one in written)
        return {condition.name: written}
    parts = [to_json(one, category_name=category_name) for one in condition.of]
    return {condition.how: parts[0] if condition.how == "not" else parts}


def names_in(condition: Condition) -> frozenset[str]:
    """Return the names of all tests in a condition."""
    if isinstance(condition, Predicate):
        return frozenset({condition.name})
    return frozenset().union(*(names_in(one) for one in condition.of))


class _Reader:
    """Reads one tree, counting its parts."""

    def __init__(self, category_id: Callable[[object], int] | None) -> None:
        self._category_id = category_id
        self._left = MAX_NODES

    def read(self, stored: object, *, path: tuple[str, ...]) -> Condition:
        self._left -= 1
        at = ".".join(path) or "condition"
        if sum(not step.isdigit() for step in path) >= MAX_DEPTH or self._left < 0:
            raise ValueError(f"condition: at most {MAX_DEPTH} levels and {MAX_NODES} parts")
        if not isinstance(stored, Mapping) or len(stored) != 1:
            raise ValueError(f"{at}: every part is an object with one key")
        ((name, asked),) = stored.items()
        if name == "not":
            return Compound("not", (self.read(asked, path=(*path, name)),))
        if name in ("all", "any"):
            if not isinstance(asked, list) or not asked:
                raise ValueError(f"{'.'.join((*path, name))}: a list of one or more conditions is needed")
            parts = (self.read(one, path=(*path, name, str(place))) for place, one in enumerate(asked))
            return Compound(name, tuple(parts))
        if name not in _KINDS:
            raise ValueError(f"{at}: there is no {name!r}; allowed are all, any, not, {', '.join(_KINDS)}")
        try:
            return Predicate(name, _KINDS[name].read(self._resolved(name, asked)))
        except ValueError as error:
            words = str(error).removeprefix(f"{name}: ")
            raise ValueError(f"{'.'.join((*path, name))}: {words}") from None

    def _resolved(self, name: str, asked: object) -> object:
        if self._category_id is None or name not in _OF_CATEGORIES or not isinstance(asked, list):
            return asked
        return [self._category_id(one) for one in asked[:MAX_ENTRIES]]


def _number(asked: object) -> int:
    if isinstance(asked, bool) or not isinstance(asked, int) or not 1 <= asked <= MAX_NUMBER:
        raise ValueError("a whole number above 0 is needed")
    return asked


def _flag(asked: object) -> bool:
    if asked is not True:
        raise ValueError("only true is possible; put it under `not` for the opposite")
    return True


def _texts(asked: object) -> frozenset[str]:
    if not isinstance(asked, list) or not asked or not all(isinstance(one, str) and one for one in asked):
        raise ValueError("a list of one or more texts is needed")
    if len(asked) > MAX_ENTRIES or not all(len(one) <= MAX_TEXT and one.isprintable() for one in asked):
        raise ValueError(f"at most {MAX_ENTRIES} texts of at most {MAX_TEXT} characters that can be printed")
    return frozenset(asked)


def _countries(asked: object) -> frozenset[str]:
    codes = _texts(asked)
    if not all(len(one) == 2 and one.isascii() and one.isalpha() and one.isupper() for one in codes):
        raise ValueError("countries are two capital letters of ISO 3166, such as DE")
    return codes


def _currencies(asked: object) -> frozenset[str]:
    return frozenset(Currency(one).code for one in _texts(asked))


def _ids(asked: object) -> frozenset[int]:
    if not isinstance(asked, list) or not asked:
        raise ValueError("a list of one or more category ids is needed")
    if not all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in asked):
        raise ValueError("category ids are whole numbers of 0 or more")
    return frozenset(asked)


def _minute(text: object) -> int:
    hour, colon, minute = str(text).partition(":")
    if not (colon and len(hour) == len(minute) == 2 and (hour + minute).isascii() and (hour + minute).isdigit()):
        raise ValueError(f"{text!r} is not a time of day, such as 09:30")
    if int(minute) > 59 or int(hour) * 60 + int(minute) > DAY_MINUTES:
        raise ValueError(f"{text!r} is not a time of day; the last is 24:00")
    return int(hour) * 60 + int(minute)


def _windows(asked: object) -> TimeWindows:
    if not isinstance(asked, Mapping) or set(asked) != {"zone", "windows"} or not isinstance(asked["windows"], list):
        raise ValueError("zone and a list of windows are needed")
    windows = []
    for one in asked["windows"]:
        if not isinstance(one, Mapping) or not set(one) <= {"days", "from", "until"}:
            raise ValueError("a window has days, from and until")
        days = _texts(one.get("days", list(_WEEKDAYS)))
        if not days <= set(_WEEKDAYS):
            raise ValueError(f"days are {', '.join(_WEEKDAYS)}")
        weekdays = frozenset(_WEEKDAYS.index(day) for day in days)
        windows.append(Window(weekdays, _minute(one.get("from", "00:00")), _minute(one.get("until", "24:00"))))
    return TimeWindows(str(asked["zone"]), tuple(windows))


def _write_windows(asked: TimeWindows) -> dict[str, Any]:
    return {
        "zone": asked.zone,
        "windows": [
            {"days": [_WEEKDAYS[day] for day in sorted(w.weekdays)], "from": _clock(w.from_minute)}
            | {"until": _clock(w.until_minute)}
            for w in asked.windows
        ],
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _one_of(name: str, read: Callable[[Any], Any], words: str, *, named: bool = True) -> _Kind:
    def meets(asked: Any, facts: Facts) -> bool | None:
        fact = getattr(facts, name)
        return None if fact is None else fact in asked

    return _Kind(read, sorted, meets, lambda asked: f"{words} {' or '.join(sorted(asked))}" if named else words)


def _overlap(name: str, read: Callable[[Any], Any], words: str) -> _Kind:
    def meets(asked: Any, facts: Facts) -> bool | None:
        fact = getattr(facts, name)
        return None if fact is None else bool(asked & fact)

    return _Kind(read, sorted, meets, lambda asked: words)


def _least(name: str, words: str) -> _Kind:
    def meets(asked: Any, facts: Facts) -> bool | None:
        fact = getattr(facts, name)
        return None if fact is None else fact >= asked

    return _Kind(_number, int, meets, words.format)


_KINDS: Mapping[str, _Kind] = {
    "time_windows": _Kind(
        _windows,
        _write_windows,
        lambda asked, facts: None if facts.at is None else asked.holds(facts.at),
        lambda asked: "this offer does not hold at this time of the week",
    ),
    "segment": _overlap("segments", _texts, "this offer is for another group of customers"),
    "first_order": _Kind(
        _flag,
        bool,
        lambda asked, facts: None if facts.order_count is None else facts.order_count == 0,
        lambda asked: "this offer is for a first order",
        "this offer is not for a first order",
    ),
    "lapsed_days": _least("days_since_order", "this offer is for customers who have not ordered for {} days"),
    "basket_cents": _least("basket_cents", "your basket is too small for this offer"),
    "category_in_basket": _overlap("basket_category_ids", _ids, "nothing in your basket goes with this offer"),
    "category_bought": _overlap("bought_category_ids", _ids, "you have not bought anything that goes with this offer"),
    "channel": _one_of("channel", _texts, "this offer is only for"),
    "intent": _one_of("intent", _texts, "this offer does not go with what you asked for", named=False),
    "sentiment": _one_of("sentiment", _texts, "this is not the moment for this offer", named=False),
    "country": _one_of("country", _countries, "this offer is only for"),
    "currency": _one_of("currency", _currencies, "this offer is only for orders in"),
    "in_stock": _Kind(
        _texts,
        sorted,
        lambda asked, facts: None if facts.stock is None else all(facts.stock.get(one, 0) > 0 for one in asked),
        lambda asked: "a product of this offer is out of stock",
        "this offer is only for products that are out of stock",
    ),
}
