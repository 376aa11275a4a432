"""Begins a mapping for a JSON file of records of several kinds, such as a dump of a shop's database.

Records are told apart by a field that says what they are, such as Django's `model`; what they are about is read from
that word and from the names of their fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promo_engine.ports.shop.shop_file_reader import ShopFileError
from promo_engine.shops.text.text_file import open_text

_KIND_FIELDS = ("model", "type", "kind", "table", "entity", "class", "__typename")
_TITLES = ("name", "title")
_VARIANTS = ("variant", "productvariant", "variantid", "productvariantid")
_PRODUCTS = ("product", "productid")
_AMOUNTS = ("priceamount", "price", "amount")
_PIECES = ("quantity", "pieces", "stock", "stockquantity", "inventoryquantity")
_SAMPLE = 20


@dataclass(frozen=True)
class _Group:
    """The records of one kind."""

    word: str
    """What they are, without what stands before the last point: `productvariant`."""
    where: dict[str, str]
    paths: Mapping[str, str]
    """Paths of their fields by the plain name of the last part."""

    def path(self, names: Iterable[str]) -> str | None:
        """Where a field of one of these names is."""
        return next((self.paths[name] for name in names if name in self.paths), None)

    @property
    def id_path(self) -> str | None:
        """What others point at."""
        return self.path(("pk", "id", "uuid"))


def guess_joined_mapping(file: Path, *, encoding: str | None = None) -> dict[str, object]:
    """A mapping for `joined-json` to go on from. Raises ShopFileError where products or variants are not recognised."""
    text = open_text(file, encoding)
    try:
        records = json.loads(file.read_text(encoding=text.encoding))
    except ValueError as error:
        raise ShopFileError(f"{file}: this is no JSON: {error}") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ShopFileError(f"{file}: the file is no list of objects")
    groups = _groups(records)
    guessed: dict[str, object] = {"kind": "joined-json"}
    for name, part in (
        ("categories", _categories(groups)),
        ("products", _products(groups)),
        ("variants", _variants(groups)),
        ("prices", _of_variants(groups, {"amount": _AMOUNTS, "currency": ("currency", "currencycode")})),
        ("stock", _of_variants(groups, {"pieces": _PIECES})),
    ):
        if part is not None:
            guessed[name] = part
    if "products" not in guessed or "variants" not in guessed:
        kinds = ", ".join(group.word for group in groups[:12])
        raise ShopFileError(f"{file}: no records look like products and their variants; there are {kinds}")
    return guessed


def is_json_list(file: Path) -> bool:
    """Whether a file begins as a JSON list does."""
    with file.open("rb") as head:
        return head.read(200).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")


def _groups(records: Sequence[Mapping[str, Any]]) -> list[_Group]:
    kind_field = next(
        (name for name in _KIND_FIELDS if records and all(isinstance(record.get(name), str) for record in records)),
        None,
    )
    if kind_field is None:
        return []
    samples: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        known = samples.setdefault(record[kind_field], [])
        if len(known) < _SAMPLE:
            known.append(record)
    return [
        _Group(
            _plain(kind.rpartition(".")[2]),
            {kind_field: kind},
            {_plain(path.rpartition(".")[2]): path for record in some for path in _paths(record)},
        )
        for kind, some in samples.items()
    ]


def _paths(record: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, value in record.items():
        if isinstance(value, Mapping) and not before:
            yield from _paths(value, f"{name}.")
        elif isinstance(value, str | int | float):
            yield f"{before}{name}"


def _named(groups: Sequence[_Group], *words: str) -> _Group | None:
    """The group that is called so; else the first one whose name ends so."""
    exact = (group for group in groups if group.word in words)
    return next(exact, None) or next((group for group in groups if group.word.endswith(words)), None)


def _categories(groups: Sequence[_Group]) -> dict[str, object] | None:
    group = _named(groups, "category", "categories", "productcategory")
    return None if group is None else _part(group, id=group.id_path, name=group.path(_TITLES), parent=_parent(group))


def _parent(group: _Group) -> str | None:
    return group.path(("parent", "parentid", "parentcategory"))


def _products(groups: Sequence[_Group]) -> dict[str, object] | None:
    group = _named(groups, "product", "products")
    if group is None:
        return None
    more = {"category": ("category", "categoryid"), "brand": ("brand", "vendor")}
    return _part(
        group, id=group.id_path, title=group.path(_TITLES), **{name: group.path(names) for name, names in more.items()}
    )


def _variants(groups: Sequence[_Group]) -> dict[str, object] | None:
    group = _named(groups, "productvariant", "variant", "variants", "productvariants")
    if group is None:
        return None
    more = {"sku": group.path(("sku",)), "name": group.path(_TITLES)}
    return _part(group, id=group.id_path, product=group.path(_PRODUCTS), **more)


def _of_variants(groups: Sequence[_Group], fields: Mapping[str, Sequence[str]]) -> dict[str, object] | None:
    """Records that point at a variant and have all of these fields."""
    for group in groups:
        found = {name: group.path(names) for name, names in fields.items()}
        variant = group.path(_VARIANTS)
        if variant is not None and all(found.values()):
            return _part(group, variant=variant, **found)
    return None


_NEEDED = ("id", "name", "title", "product", "variant")


def _part(group: _Group, **paths: str | None) -> dict[str, object] | None:
    """A part of the mapping; None where one of its needed fields is not recognised."""
    optional = {"name"} if "product" in paths else set()
    if any(paths.get(name, "") is None for name in _NEEDED if name not in optional):
        return None
    return {"where": group.where, **{name: path for name, path in paths.items() if path is not None}}


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
