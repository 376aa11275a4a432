"""How far a pull has come, for each kind of thing that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.catalogue.shop_changes import ShopChange
from promo_engine.ports.shop.shop_file_reader import ShopItem
from promo_engine.shops.text.json_values import JsonObject

OVERLAP = timedelta(minutes=2)
"""How far each pull looks back over the last: a change may be written a little after the time it carries."""


class PullCursor:
    """Times by kind, written as `orders=2026-03-01T12:00:00Z;products=…`."""

    def __init__(self, written: str) -> None:
        self._times = dict(part.partition("=")[::2] for part in written.split(";") if "=" in part)

    def since(self, kind: str) -> str | None:
        """From when to ask; None for everything."""
        found = self._times.get(kind)
        return None if found is None else _written(datetime.fromisoformat(found) - OVERLAP)

    def move(self, kind: str, at: datetime | None) -> None:
        """Go on from a time; never back."""
        if at is not None:
            self._times[kind] = max(self._times.get(kind, ""), _written(at))

    def __str__(self) -> str:
        return ";".join(f"{kind}={time}" for kind, time in sorted(self._times.items()))


def read_each(
    bodies: Iterable[JsonObject], read: Callable[[JsonObject], Iterable[ShopItem | ShopChange]]
) -> tuple[list[ShopItem | ShopChange], list[str]]:
    """What a page of bodies says, and one line for each body that says nothing usable."""
    items: list[ShopItem | ShopChange] = []
    refusals: list[str] = []
    for body in bodies:
        try:
            items += read(body)
        except ShopItemError as error:
            refusals.append(f"{body.get('id', '?')}: {error.field}: {error.reason}")
    return items, refusals


def _written(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
