"""WooCommerce's product export: simple, variable, grouped and external products; variations are rows of their own.

A variation names its parent by SKU or as `id:44`; exports put it after its parent, not always right behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from promo_engine.domain.catalogue.shop_catalogue import (
    ListingStatus,
    ShopItemError,
    ShopPrice,
    ShopProduct,
    ShopStock,
    ShopVariant,
    need_currency,
)
from promo_engine.ports.shop.shop_file_reader import ReadOptions, RowFinding, Severity, ShopFileError, ShopItem
from promo_engine.shops.category_paths import CategoryPaths
from promo_engine.shops.row_groups import RowGroup, refused
from promo_engine.shops.text.cell_values import ImageLinks, TimeReader, cents, plain_text, whole
from promo_engine.shops.text.text_file import Row, open_text, read_rows, require_columns

_SOLD_BY_THEMSELVES = {"simple", "subscription", "downloadable", "virtual"}
_NOT_SOLD = {"grouped", "external"}
_ATTRIBUTE = re.compile(r"Attribute (\d+) name")
_IN_STOCK = {"1": True, "instock": True, "yes": True, "0": False, "outofstock": False, "no": False}
_BACKORDER = {"backorder", "onbackorder"}


class WooCommerceProductsReader:
    """Reads `wc-product-export-*.csv`."""

    kind = "woocommerce-products"

    def read(self, file: Path, options: ReadOptions) -> Iterator[ShopItem | RowFinding]:
        """Yield categories and products. Raises ShopFileError without a currency, which the file does not name.

        A variable product is given when the file ends, since its variations may come late; it is held without pictures
        of its rows, so that memory grows with the number of variations only.
        """
        text = open_text(file, options.encoding)
        columns = require_columns(text, ("ID", "Type", "Name", "Regular price"), kind=self.kind)
        if options.currency is None:
            raise ShopFileError(f"{file}: WooCommerce's file names no currency; give the shop's with --currency EUR")
        need_currency("currency", options.currency)
        yield from text.notes
        numbers = [match[1] for name in columns if (match := _ATTRIBUTE.fullmatch(name))]
        builder = _ProductBuilder(options, numbers)
        for row in read_rows(text):
            if isinstance(row, RowFinding):
                yield row
                continue
            try:
                yield from builder.take(row)
            except ShopItemError as error:
                yield refused(RowGroup(_key(row), (row,)), error)
        yield from builder.variable_products()
        yield from builder.images.notes("Images")


@dataclass
class _Variable:
    """A variable product, its variations still coming in."""

    row: Row
    variants: list[ShopVariant] = field(default_factory=list)


class _ProductBuilder:
    def __init__(self, options: ReadOptions, attribute_numbers: list[str]) -> None:
        self._currency = options.currency or ""
        self._locale = options.locale
        self._times = TimeReader(options.zone, None)
        self._attribute_numbers = attribute_numbers
        self._categories = CategoryPaths(options.locale or "en")
        self.images = ImageLinks()
        self._variable: dict[str, _Variable] = {}
        self._alias: dict[str, str] = {}
        self._orphans: list[tuple[str, Row]] = []

    def take(self, row: Row) -> Iterator[ShopItem | RowFinding]:
        """What a row gives at once: a product that stands alone, or nothing yet."""
        kinds = {word.strip().lower() for word in row.get("Type").split(",")}
        key = _key(row)
        if not key:
            raise ShopItemError("ID", "the product has neither an ID nor a SKU")
        if "variation" in kinds:
            self._add_variation(row)
        elif "variable" in kinds:
            self._variable[key] = _Variable(row)
            for alias in (f"id:{row.get('ID')}", row.get("SKU")):
                if alias:
                    self._alias[alias] = key
        elif kinds & _NOT_SOLD:
            yield from self._product(row, ())
        elif kinds & _SOLD_BY_THEMSELVES:
            yield from self._product(row, (self._variant(row),))
        else:
            raise ShopItemError("Type", f"{row.get('Type')!r} is no type of product that is known")

    def variable_products(self) -> Iterator[ShopItem | RowFinding]:
        """The variable products, when the file has ended; variations without a parent are findings."""
        for parent, row in self._orphans:
            if parent in self._alias:
                try:
                    self._variable[self._alias[parent]].variants.append(self._variant(row))
                except ShopItemError as error:
                    yield refused(RowGroup(_key(row), (row,)), error)
            else:
                reason = "the variation's parent is not in the file"
                yield RowFinding(row.number, _key(row), "Parent", parent, Severity.REFUSED, reason)
        for key, held in self._variable.items():
            try:
                yield from self._product(held.row, tuple(held.variants))
            except ShopItemError as error:
                yield refused(RowGroup(key, (held.row,)), error)

    def _add_variation(self, row: Row) -> None:
        parent = row.get("Parent")
        if not parent:
            raise ShopItemError("Parent", "the variation names no parent")
        if parent in self._alias:
            self._variable[self._alias[parent]].variants.append(self._variant(row))
        else:
            self._orphans.append((parent, row))

    def _product(self, row: Row, variants: tuple[ShopVariant, ...]) -> Iterator[ShopItem]:
        title = plain_text(row.get("Name"))
        if not title:
            raise ShopItemError("Name", "the product has no name")
        paths = [CategoryPaths.id_of(path) for path in row.get("Categories").split(",")]
        category_ids = tuple(dict.fromkeys(path for path in paths if path))
        product = ShopProduct(
            product_id=_key(row),
            title=title,
            variants=variants,
            brand=plain_text(row.get("Brands") or row.get("Brand")),
            url=row.get("External URL"),
            image_url=self.images.read(_first_image(row)),
            category_ids=category_ids,
            attributes={name: value for name, value in self._attributes(row) if "," in value or not variants},
            status=_status(row),
        )
        for category_id in category_ids:
            yield from self._categories.new_nodes(category_id)
        yield product

    def _variant(self, row: Row) -> ShopVariant:
        return ShopVariant(
            variant_id=row.get("SKU") or row.get("ID"),
            sku=row.get("SKU"),
            gtin=row.get("GTIN, UPC, EAN, or ISBN"),
            options={name.lower(): value for name, value in self._attributes(row) if "," not in value},
            image_url=self.images.read(_first_image(row)),
            status=_status(row),
            prices=self._prices(row),
            stock=_stock(row),
        )

    def _prices(self, row: Row) -> tuple[ShopPrice, ...]:
        if not row.get("Regular price"):
            return ()
        regular = self._cents(row, "Regular price")
        if not row.get("Sale price"):
            return (ShopPrice(self._currency, regular),)
        starts, ends = row.get("Date sale price starts"), row.get("Date sale price ends")
        return (
            ShopPrice(
                self._currency,
                regular,
                self._cents(row, "Sale price"),
                sale_from=self._times.read(starts, column="Date sale price starts") if starts else None,
                sale_until=self._times.read(ends, column="Date sale price ends") if ends else None,
            ),
        )

    def _cents(self, row: Row, column: str) -> int:
        return cents(row.get(column), self._currency, column=column, locale=self._locale)

    def _attributes(self, row: Row) -> Iterator[tuple[str, str]]:
        for number in self._attribute_numbers:
            name, values = row.get(f"Attribute {number} name"), row.get(f"Attribute {number} value(s)")
            if name and values:
                yield plain_text(name), plain_text(values)


def _key(row: Row) -> str:
    return row.get("SKU") or row.get("ID")


def _first_image(row: Row) -> str:
    return row.get("Images").partition(",")[0].strip()


def _status(row: Row) -> ListingStatus:
    published = row.get("Published") or "1"
    if published in {"1", "true", "TRUE"}:
        return ListingStatus.ACTIVE
    return ListingStatus.ARCHIVED if published == "-2" else ListingStatus.DRAFT


def _stock(row: Row) -> ShopStock | None:
    counted, word = row.get("Stock"), row.get("In stock?").lower()
    backorder = word in _BACKORDER or row.get("Backorders allowed?").lower() in {"1", "yes", "notify"}
    if counted:
        return ShopStock(max(whole(counted, column="Stock"), 0), backorder)
    if word in _BACKORDER:
        return ShopStock(0, backorder=True)
    if not word:
        return None
    if word not in _IN_STOCK:
        raise ShopItemError("In stock?", f"{word!r} is neither 1 nor 0")
    return ShopStock(None, backorder) if _IN_STOCK[word] else ShopStock(0, backorder)
