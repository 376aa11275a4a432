"""Rows of a table that belong together, such as the lines of one order, one group at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.ports.shop.shop_file_reader import RowFinding, Severity, ShopItem
from promo_engine.shops.text.text_file import Row


@dataclass(frozen=True)
class RowGroup:
    """Rows with one key, in the file's order."""

    key: str
    rows: tuple[Row, ...]


def grouped(rows: Iterable[Row | RowFinding], key_of: Callable[[Row], str]) -> Iterator[RowGroup | RowFinding]:
    """Put rows that follow each other with one key together; a row without a key belongs to the group before it.

    A key that comes back later in the file is a finding: its first rows are gone already.
    """
    seen: set[int] = set()
    key, members = "", list[Row]()
    for row in rows:
        if isinstance(row, RowFinding):
            yield row
            continue
        found = key_of(row) or key
        if found == key:
            members.append(row)
            continue
        if members:
            yield _closed(key, members, seen)
        key, members = found, [row]
    if members:
        yield _closed(key, members, seen)


def _closed(key: str, members: list[Row], seen: set[int]) -> RowGroup | RowFinding:
    number = members[0].number
    if not key:
        return RowFinding(number, "", "", "", Severity.REFUSED, "the row belongs to nothing: its key is missing")
    if hash(key) in seen:
        return RowFinding(number, key, "", "", Severity.REFUSED, "its rows do not stand together in the file: sort it")
    seen.add(hash(key))
    return RowGroup(key, tuple(members))


def refused(group: RowGroup, error: ShopItemError) -> RowFinding:
    """The finding for a group whose item cannot be taken in, at the row that holds the bad value."""
    value = next((row.get(error.field) for row in group.rows if row.get(error.field)), "")
    number = next((row.number for row in group.rows if value and row.get(error.field) == value), group.rows[0].number)
    return RowFinding(number, group.key, error.field, value[:80], Severity.REFUSED, error.reason)


def items_of(
    groups: Iterable[RowGroup | RowFinding], build: Callable[[RowGroup], Iterable[ShopItem | RowFinding]]
) -> Iterator[ShopItem | RowFinding]:
    """Build the items of every group; one that is refused is a finding, and the others go on."""
    for group in groups:
        if isinstance(group, RowFinding):
            yield group
            continue
        try:
            items = list(build(group))
        except ShopItemError as error:
            yield refused(group, error)
        else:
            yield from items
