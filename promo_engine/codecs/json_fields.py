"""Fields of a dataclass as JSON values, read and written by the type that the class declares for them.

A whole number, a text, a currency by its code, a list of objects with the fields of a class, or null where the type
allows it. Every ValueError is one line that begins with the path of the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from promo_engine.domain.money import Currency

MAX_ENTRIES = 1_000
MAX_TEXT = 64

Reader = Callable[[str, object], Any]
"""From the path of a value and the value to what the class wants. Raises ValueError."""


def written_fields(record: Any) -> dict[str, Any]:
    """Return a dataclass's fields as JSON, those with their default left out."""
    return {
        field.name: write_value(getattr(record, field.name))
        for field in fields(record)
        if getattr(record, field.name) != field.default
    }


def read_fields(of: type, stored: Mapping[str, object], *, what: str) -> dict[str, Any]:
    """Return the values for a dataclass. `what` names it in errors: `a gift benefit`.

    A field that is null counts as absent where the class has no such field. Raises ValueError.
    """
    readers = _readers(of)
    values: dict[str, Any] = {}
    for name, value in stored.items():
        if name in readers:
            values[name] = readers[name](name, value)
        elif value is not None:
            allowed = f"allowed are {', '.join(readers)}" if readers else "it has none"
            raise ValueError(f"{name}: {what} has no such field; {allowed}")
    for field in fields(of):
        if field.name not in values and not _has_default(field):
            raise ValueError(f"{field.name}: {what} needs it")
    return values


def write_value(value: Any) -> Any:
    """Return a field's value as JSON."""
    if isinstance(value, Currency):
        return value.code
    if isinstance(value, tuple):
        return [dict(zip(field_types(type(entry)), _parts(entry), strict=True)) for entry in value]
    return value


def whole_number(path: str, value: object) -> int:
    """Read a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{path}: a whole number is needed, not {value!r}")
    return value


def text(path: str, value: object) -> str:
    """Read a short text that can be printed."""
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT or not value.isprintable():
        raise ValueError(f"{path}: a text of 1 to {MAX_TEXT} characters is needed, not {value!r}")
    return value


def field_types(of: type) -> Mapping[str, Any]:
    """Return the types of the fields of a dataclass or a named tuple."""
    return _field_types(of)


@cache  # reading type hints compiles each of them again
def _field_types(of: type) -> Mapping[str, Any]:
    hints = get_type_hints(of)
    names = of._fields if hasattr(of, "_fields") else [field.name for field in fields(of)]
    return {name: hints[name] for name in names}


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _parts(entry: Any) -> tuple[Any, ...]:
    return tuple(entry) if isinstance(entry, tuple) else tuple(vars(entry).values())


@cache
def _readers(of: type) -> Mapping[str, Reader]:
    return {name: _reader(of_field) for name, of_field in field_types(of).items()}


def _reader(of: Any) -> Reader:
    if isinstance(of, UnionType):
        (inner,) = (each for each in get_args(of) if each is not NoneType)
        read = _reader(inner)
        return lambda path, value: None if value is None else read(path, value)
    if get_origin(of) is tuple:
        return _entries_reader(get_args(of)[0])
    simple: Mapping[Any, Reader] = {
        int: whole_number,
        str: text,
        Currency: lambda path, value: Currency(text(path, value)),
    }
    if of not in simple:
        raise TypeError(f"codecs: there is no reader for {of}; say in json_fields how it is read and written")
    return simple[of]


def _entries_reader(of: type) -> Reader:
    readers = _readers(of)
    names = " and ".join(readers)

    def read(path: str, value: object) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)) or len(value) > MAX_ENTRIES:
            raise ValueError(f"{path}: a list of at most {MAX_ENTRIES} entries is needed")
        entries = []
        for index, entry in enumerate(value):
            if not isinstance(entry, Mapping) or set(entry) != set(readers):
                raise ValueError(f"{path}.{index}: an object with {names} is needed")
            entries.append(of(**{name: readers[name](f"{path}.{index}.{name}", entry[name]) for name in readers}))
        return tuple(entries)

    return read
