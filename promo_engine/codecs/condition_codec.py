"""Conditions as JSON: each node an object with one key, `{"all": [...]}` or `{"first_order": true}`.

Errors are one line that begins with the path to the node: `all.1.country`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from promo_engine.domain.conditions.conditions import Compound, Condition, Operator, Predicate
from promo_engine.domain.conditions.predicates import PREDICATES, Expected
from promo_engine.domain.conditions.time_windows import DAY_MINUTES, WEEKDAYS, TimeWindows, Window
from promo_engine.domain.money import MAX_STORED_CENTS, Currency

MAX_DEPTH = 8
MAX_NODES = 100
MAX_ENTRIES = 1_000
MAX_TEXT = 128


def condition_from_json(stored: object, *, category_id: Callable[[object], int] | None = None) -> Condition:
    """Read a condition. Raises ValueError with what is wrong in one line.

    With `category_id`, which raises ValueError too, categories are written by their names.
    """
    return _Reader(category_id).read(stored, path=())


def condition_to_json(condition: Condition, *, category_name: Callable[[int], str] | None = None) -> dict[str, Any]:
    """Return what `condition_from_json` reads; with `category_name`, categories by their names."""
    if isinstance(condition, Predicate):
        expected = PREDICATES[condition.name].expected
        if category_name is not None and expected is Expected.CATEGORIES:
            return {condition.name: sorted(category_name(category_id) for category_id in condition.expected)}
        return {condition.name: _write(condition.expected)}
    children = [condition_to_json(child, category_name=category_name) for child in condition.children]
    return {condition.op.value: children[0] if condition.op is Operator.NOT else children}


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
        ((name, content),) = stored.items()
        if name == Operator.NOT:
            return Compound(Operator.NOT, (self.read(content, path=(*path, name)),))
        if name in (Operator.ALL, Operator.ANY):
            if not isinstance(content, list) or not content:
                raise ValueError(f"{'.'.join((*path, name))}: a list of one or more conditions is needed")
            children = (self.read(child, path=(*path, name, str(index))) for index, child in enumerate(content))
            return Compound(Operator(name), tuple(children))
        if name not in PREDICATES:
            raise ValueError(f"{at}: there is no {name!r}; allowed are all, any, not, {', '.join(PREDICATES)}")
        expected = PREDICATES[name].expected
        try:
            return Predicate(name, _READERS[expected](self._resolved(expected, content)))
        except ValueError as error:
            words = str(error).removeprefix(f"{name}: ")
            raise ValueError(f"{'.'.join((*path, name))}: {words}") from None

    def _resolved(self, expected: Expected, content: object) -> object:
        if self._category_id is None or expected is not Expected.CATEGORIES or not isinstance(content, list):
            return content
        return [self._category_id(name) for name in content[:MAX_ENTRIES]]


def _number(content: object) -> int:
    if isinstance(content, bool) or not isinstance(content, int) or not 1 <= content <= MAX_STORED_CENTS:
        raise ValueError(f"a whole number above 0 is needed, at most {MAX_STORED_CENTS}")
    return content


def _flag(content: object) -> bool:
    if content is not True:
        raise ValueError("only true is possible; put it under `not` for the opposite")
    return True


def _texts(content: object) -> frozenset[str]:
    if not isinstance(content, list) or not content or not all(isinstance(text, str) and text for text in content):
        raise ValueError("a list of one or more texts is needed")
    if len(content) > MAX_ENTRIES or not all(len(text) <= MAX_TEXT and text.isprintable() for text in content):
        raise ValueError(f"at most {MAX_ENTRIES} texts of at most {MAX_TEXT} characters that can be printed")
    return frozenset(content)


def _countries(content: object) -> frozenset[str]:
    codes = _texts(content)
    if not all(len(code) == 2 and code.isascii() and code.isalpha() and code.isupper() for code in codes):
        raise ValueError("countries are two capital letters of ISO 3166, such as DE")
    return codes


def _currencies(content: object) -> frozenset[str]:
    return frozenset(Currency(code).code for code in _texts(content))


def _category_ids(content: object) -> frozenset[int]:
    if not isinstance(content, list) or not content:
        raise ValueError("a list of one or more category ids is needed")
    if not all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in content):
        raise ValueError("category ids are whole numbers of 0 or more")
    return frozenset(content)


def _minute(text: object) -> int:
    hour, colon, minute = str(text).partition(":")
    if not (colon and len(hour) == len(minute) == 2 and (hour + minute).isascii() and (hour + minute).isdigit()):
        raise ValueError(f"{text!r} is not a time of day, such as 09:30")
    if int(minute) > 59 or int(hour) * 60 + int(minute) > DAY_MINUTES:
        raise ValueError(f"{text!r} is not a time of day; the last is 24:00")
    return int(hour) * 60 + int(minute)


def _time_windows(content: object) -> TimeWindows:
    if not isinstance(content, Mapping) or set(content) != {"zone", "windows"}:
        raise ValueError("zone and a list of windows are needed")
    if not isinstance(content["windows"], list):
        raise ValueError("zone and a list of windows are needed")
    return TimeWindows(str(content["zone"]), tuple(_window(window) for window in content["windows"]))


def _window(content: object) -> Window:
    if not isinstance(content, Mapping) or not set(content) <= {"days", "from", "until"}:
        raise ValueError("a window has days, from and until")
    days = _texts(content.get("days", list(WEEKDAYS)))
    if not days <= set(WEEKDAYS):
        raise ValueError(f"days are {', '.join(WEEKDAYS)}")
    weekdays = frozenset(WEEKDAYS.index(day) for day in days)
    return Window(weekdays, _minute(content.get("from", "00:00")), _minute(content.get("until", "24:00")))


_READERS: Mapping[Expected, Callable[[object], Any]] = {
    Expected.NUMBER: _number,
    Expected.FLAG: _flag,
    Expected.TEXTS: _texts,
    Expected.COUNTRIES: _countries,
    Expected.CURRENCIES: _currencies,
    Expected.CATEGORIES: _category_ids,
    Expected.TIME_WINDOWS: _time_windows,
}


def _write(expected: Any) -> Any:
    if isinstance(expected, TimeWindows):
        return {"zone": expected.zone, "windows": [_written_window(window) for window in expected.windows]}
    return sorted(expected) if isinstance(expected, frozenset) else expected


def _written_window(window: Window) -> dict[str, Any]:
    return {
        "days": [WEEKDAYS[day] for day in sorted(window.weekdays)],
        "from": _clock(window.from_minute),
        "until": _clock(window.until_minute),
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
