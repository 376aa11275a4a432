"""Reads a JSON file of records of several kinds that point at each other, such as a dump of a shop's database.

The mapping has a part for categories, products, variants, prices and stock. Each says which records it is about
(`where`) and names paths inside a record (`fields.name`). The file is read whole: JSON has no rows.

    kind: joined-json
    products: {where: {model: product.product}, id: pk, title: fields.name, category: fields.category}
    variants: {where: {model: product.productvariant}, id: pk, product: fields.product, sku: fields.sku}
    prices: {where: {model: product.productvariantchannellisting}, variant: fields.variant,
             amount: fields.price_amount, currency: fields.currency}
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from promo_engine.domain.catalogue.shop_catalogue import (
    ListingStatus,
    ShopCategory,
    ShopItemError,
    ShopPrice,
    ShopProduct,
    ShopStock,
    ShopVariant,
    need_currency,
)
from promo_engine.ports.shop.shop_file_reader import ReadOptions, RowFinding, Severity, ShopFileError, ShopItem
from promo_engine.shops.text.cell_values import cents, plain_text, whole
from promo_engine.shops.text.text_file import open_text

Record = Mapping[str, Any]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    where: dict[str, str] = Field(default_factory=dict)


class _Categories(_Part):
    id: str
    name: str
    parent: str | None = None


class _Products(_Part):
    id: str
    title: str
    category: str | None = None
    brand: str | None = None


class _Variants(_Part):
    id: str
    product: str
    sku: str | None = None
    name: str | None = None


class _Prices(_Part):
    variant: str
    amount: str
    currency: str


class _Stock(_Part):
    variant: str
    pieces: str


class JoinedMapping(BaseModel):
    """Which records of the file are what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = "joined-json"
    products: _Products
    variants: _Variants
    categories: _Categories | None = None
    prices: _Prices | None = None
    stock: _Stock | None = None


class JoinedJsonReader:
    """Reads JSON arrays of records with `ReadOptions.mapping`."""

    kind = "joined-json"

    def read(self, file: Path, options: ReadOptions) -> Iterator[ShopItem | RowFinding]:
        """Yield categories and products. Raises ShopFileError for a mapping or a file that does not fit."""
        try:
            mapping = JoinedMapping.model_validate(dict(options.mapping))
        except ValidationError as error:
            first = error.errors()[0]
            path = ".".join(str(part) for part in first["loc"])
            raise ShopFileError(f"the mapping: {path}: {first['msg']}") from error
        text = open_text(file, options.encoding)
        try:
            records = json.loads(file.read_text(encoding=text.encoding))
        except ValueError as error:
            raise ShopFileError(f"{file}: this is no JSON: {error}") from error
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise ShopFileError(f"{file}: the file is no list of objects")
        yield from text.notes
        yield from _items(mapping, [(number, record) for number, record in enumerate(records, start=1)])


def _items(mapping: JoinedMapping, records: list[tuple[int, Record]]) -> Iterator[ShopItem | RowFinding]:
    prices = _by(records, mapping.prices, "variant")
    stock = _by(records, mapping.stock, "variant")
    variants = _by(records, mapping.variants, "product")
    if mapping.categories is not None:
        for number, record in _chosen(records, mapping.categories):
            yield from _guarded(number, record, mapping.categories.id, lambda found: _category(mapping, found))
    for number, record in _chosen(records, mapping.products):

        def product(found: Record) -> ShopItem:
            return _product(mapping, found, variants, prices, stock)

        yield from _guarded(number, record, mapping.products.id, product)


def _guarded(number: int, record: Record, id_path: str, build: Any) -> Iterator[ShopItem | RowFinding]:
    try:
        yield build(record)
    except ShopItemError as error:
        yield RowFinding(number, _text(record, id_path), error.field, "", Severity.REFUSED, error.reason)


def _category(mapping: JoinedMapping, record: Record) -> ShopCategory:
    part = mapping.categories
    assert part is not None
    parent = _text(record, part.parent) if part.parent else ""
    return ShopCategory(_text(record, part.id), {"en": plain_text(_text(record, part.name))}, parent or None)


def _product(
    mapping: JoinedMapping,
    record: Record,
    variants: Mapping[str, list[Record]],
    prices: Mapping[str, list[Record]],
    stock: Mapping[str, list[Record]],
) -> ShopProduct:
    part = mapping.products
    product_id = _text(record, part.id)
    category_id = _text(record, part.category) if part.category else ""
    return ShopProduct(
        product_id=product_id,
        title=plain_text(_text(record, part.title)),
        brand=_text(record, part.brand) if part.brand else "",
        category_ids=(category_id,) if category_id else (),
        variants=tuple(_variant(mapping, found, prices, stock) for found in variants.get(product_id, ())),
    )


def _variant(
    mapping: JoinedMapping, record: Record, prices: Mapping[str, list[Record]], stock: Mapping[str, list[Record]]
) -> ShopVariant:
    part = mapping.variants
    key = _text(record, part.id)
    name = _text(record, part.name) if part.name else ""
    return ShopVariant(
        variant_id=key,
        sku=_text(record, part.sku) if part.sku else "",
        options={"option": name} if name else {},
        status=ListingStatus.ACTIVE,
        prices=tuple(_price(mapping.prices, found) for found in prices.get(key, ()) if mapping.prices),
        stock=_pieces(mapping.stock, stock.get(key, [])) if mapping.stock and key in stock else None,
    )


def _price(part: _Prices | None, record: Record) -> ShopPrice:
    assert part is not None
    currency = _text(record, part.currency)
    need_currency(part.currency, currency)
    return ShopPrice(currency, cents(_text(record, part.amount), currency, column=part.amount, machine=True))


def _pieces(part: _Stock, records: list[Record]) -> ShopStock:
    """Pieces of all warehouses together."""
    return ShopStock(sum(max(whole(_text(record, part.pieces), column=part.pieces), 0) for record in records))


def _chosen(records: list[tuple[int, Record]], part: _Part) -> Iterator[tuple[int, Record]]:
    for number, record in records:
        if all(_text(record, path) == value for path, value in part.where.items()):
            yield number, record


def _by(records: list[tuple[int, Record]], part: _Part | None, field: str) -> Mapping[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    if part is not None:
        path = str(getattr(part, field))
        for _, record in _chosen(records, part):
            found[_text(record, path)].append(record)
    return found


def _text(record: Record, path: str) -> str:
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)
