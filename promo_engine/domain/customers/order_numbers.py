"""What a shop's order numbers look like: told by the shop, or learned from its orders.

A pattern is a regular expression that finds a number in what a customer wrote. Customers leave out `#`, blanks and
dashes or put them in, so a learned pattern makes them optional; its letters count in either case. `#1001` and `#10233`
give `#?\\s?\\d{4,6}`: one digit more than was seen, since numbers grow.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

AUTO = "auto"
MOST_PATTERNS = 8
LEAST_SHARE = 0.005
"""Shapes that are rarer than one in two hundred orders are slips."""
_PART = re.compile(r"[^\W\d_]+|\d+|[\s#._/-]+|.", re.UNICODE)
_MOST_PREFIXES = 5
"""Letters that take more values than these are part of the number, not a prefix."""


class OrderNumberPatternError(ValueError):
    """The setting is no regular expression, or one that finds nothing useful; the message says which."""


@dataclass(frozen=True)
class OrderNumberPatterns:
    """The patterns of a shop's order numbers; none where there are no orders yet."""

    patterns: tuple[str, ...] = ()
    example: str = ""


def told_pattern(setting: str) -> OrderNumberPatterns:
    """The pattern that the shop set. Raises OrderNumberPatternError."""
    try:
        pattern = re.compile(setting)
    except re.error as error:
        raise OrderNumberPatternError(f"{setting!r} is no regular expression: {error}") from None
    if pattern.fullmatch("") is not None:
        raise OrderNumberPatternError(f"{setting!r} finds a number in every text; it has to ask for a digit or letter")
    return OrderNumberPatterns((setting,))


def learn_patterns(numbers: Iterable[str]) -> OrderNumberPatterns:
    """Learn the patterns of numbers as the shop writes them."""
    written = [number.strip() for number in numbers if any(char.isdigit() for char in number)]
    shapes: dict[tuple[str, ...], list[list[str]]] = {}
    for number in written:
        parts = _PART.findall(number)
        shapes.setdefault(tuple(_kind(part) for part in parts), []).append(parts)
    kept = [(shape, rows) for shape, rows in shapes.items() if len(rows) >= LEAST_SHARE * len(written)]
    kept.sort(key=lambda found: -len(found[1]))
    patterns = tuple(_pattern(shape, rows) for shape, rows in kept[:MOST_PATTERNS])
    return OrderNumberPatterns(patterns, written[0] if written else "")


def _kind(part: str) -> str:
    if part.isdigit():
        return "digits"
    return "letters" if part[0].isalpha() else "mark"


def _pattern(shape: tuple[str, ...], rows: list[list[str]]) -> str:
    last_digits = max(index for index, kind in enumerate(shape) if kind == "digits")
    parts: list[str] = []
    for index, kind in enumerate(shape):
        values = Counter(row[index] for row in rows)
        if kind == "mark":
            parts.append(r"#?\s?" if index == 0 else r"[\s./_-]?")
        elif kind == "letters":
            parts.append(_letters(values))
        else:
            least, most = min(map(len, values)), max(map(len, values))
            grows = index == last_digits and not any(value.startswith("0") for value in values)
            parts.append(rf"\d{{{least},{most + grows}}}" if least < most + grows else rf"\d{{{most}}}")
    body = "".join(parts)
    return body if shape[0] == "mark" else rf"#?\s?{body}"


def _letters(values: Counter[str]) -> str:
    if len(values) <= _MOST_PREFIXES:
        return "(?:" + "|".join(re.escape(value) for value in sorted(values)) + ")"
    least, most = min(map(len, values)), max(map(len, values))
    return rf"[^\W\d_]{{{least},{most}}}"
