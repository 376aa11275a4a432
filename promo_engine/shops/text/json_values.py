"""Values of shops' JSON: every one may be missing, null, a number or a text, and none may make the reader fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.shops.text.cell_values import TimeReader, cents

JsonObject = Mapping[str, Any]
_NO_ZONE = TimeReader(None)
_UTC = TimeReader(ZoneInfo("UTC"))


def child(body: JsonObject, name: str) -> JsonObject:
    """An object inside; empty where there is none."""
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def children(body: JsonObject, name: str) -> Iterator[JsonObject]:
    """The objects of a list inside; nothing where there is none."""
    value = body.get(name)
    for part in value if isinstance(value, list) else ():
        if isinstance(part, Mapping):
            yield part


def text(body: JsonObject, name: str) -> str:
    """A text or a number as text; empty where there is none."""
    value = body.get(name)
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def needed(body: JsonObject, name: str) -> str:
    """The same. Raises ShopItemError where there is none."""
    if not (found := text(body, name)):
        raise ShopItemError(name, "is missing")
    return found


def whole_number(body: JsonObject, name: str) -> int:
    """A whole number. Raises ShopItemError."""
    try:
        return int(needed(body, name))
    except ValueError as error:
        raise ShopItemError(name, f"{text(body, name)!r} is not a whole number") from error


def money(body: JsonObject, name: str, currency: str) -> int:
    """An amount in cents; 0 where there is none. Raises ShopItemError for less than 0 and for too many decimals."""
    found = text(body, name)
    return cents(found, currency, column=name, machine=True) if found else 0


def time(body: JsonObject, name: str) -> datetime:
    """A time with its zone. Raises ShopItemError."""
    return _NO_ZONE.read(needed(body, name), column=name)


def time_or_none(body: JsonObject, name: str, *, utc: bool = False) -> datetime | None:
    """A time, if there is one; `utc` reads one without a zone as UTC. Raises ShopItemError."""
    found = text(body, name)
    return (_UTC if utc else _NO_ZONE).read(found, column=name) if found else None
