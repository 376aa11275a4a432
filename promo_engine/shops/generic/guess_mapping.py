"""Begins a mapping for a table nobody knows: which of its columns look like which of our fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from promo_engine.ports.shop.shop_file_reader import ShopFileError
from promo_engine.shops.generic.field_mapping import FIELDS, GenericKind
from promo_engine.shops.text.text_file import Row, columns_of, open_text, read_rows

_NAMES: Mapping[str, Sequence[str]] = {
    "order_id": ("order id", "order number", "invoice no", "invoice", "order", "order no", "order key"),
    "placed_at": ("created at", "order date", "invoice date", "placed at", "date", "purchase date", "timestamp"),
    "quantity": ("quantity", "qty", "pieces", "units", "amount ordered"),
    "title": ("product title", "title", "name", "product name", "description", "item", "lineitem name"),
    "number": ("order number", "order name", "display id"),
    "customer_id": ("customer id", "customer", "user id", "client id", "customer no"),
    "email": ("email", "e mail", "customer email", "mail"),
    "postcode": ("postcode", "postal code", "zip", "zip code", "shipping zip", "shipping postcode"),
    "currency": ("currency", "currency code"),
    "piece_price": ("unit price", "price", "item price", "price each"),
    "line_price": ("line total", "row total", "line price"),
    "sku": ("variant sku", "sku", "stock code", "article number", "item number"),
    "state": ("status", "order status", "state"),
    "total": ("total", "grand total", "order total", "amount"),
    "product_id": ("product handle", "product id", "handle", "parent sku", "style", "id"),
    "variant_id": ("variant id", "variant sku", "sku"),
    "gtin": ("gtin", "ean", "upc", "barcode", "variant barcode"),
    "brand": ("brand", "vendor", "manufacturer"),
    "url": ("url", "link", "product url"),
    "image_url": ("image", "image url", "image link", "product thumbnail", "thumbnail"),
    "category": ("category", "categories", "product type", "product category", "product category 1", "department"),
    "status": ("product status", "status", "published"),
    "price": ("price", "variant price", "regular price", "unit price"),
    "sale_price": ("sale price", "special price"),
    "stock": ("stock", "quantity", "inventory", "inventory quantity", "variant inventory quantity", "qty"),
    "cost": ("cost", "unit cost", "cost per item"),
    "options": ("options",),
    "country": ("country", "country code"),
    "locale": ("locale", "language"),
    "segments": ("segments", "tags", "groups"),
    "created_at": ("created at", "registered at", "date created"),
    "discount": ("discount", "discount amount", "discount total"),
    "delivery": ("shipping", "delivery", "shipping total"),
    "tax": ("tax", "taxes", "tax total"),
    "updated_at": ("updated at", "modified at"),
}
_PRICE_BY_CURRENCY = re.compile(r"(?:variant )?price ([A-Z]{3})$", re.IGNORECASE)
_SAMPLE_ROWS = 50


def guess_mapping(file: Path, *, encoding: str | None = None) -> dict[str, object]:
    """A mapping to go on from; it is refused until a person adds what was not recognised.

    Raises ShopFileError for a table in which nothing is recognised.
    """
    text = open_text(file, encoding)
    columns = columns_of(text)
    rows = [row for row in islice(read_rows(text), _SAMPLE_ROWS) if isinstance(row, Row)]
    filled = [column for column in columns if any(row.get(column) for row in rows)]
    kind = _kind_of(filled)
    fields: dict[str, object] = {}
    for field in FIELDS[kind]:
        column = _column_for(field, filled, set(map(str, fields.values())))
        if column is not None:
            fields[field] = column
    if "product_id" in FIELDS[kind] and "product_id" not in fields and "sku" in fields:
        fields["product_id"] = fields["sku"]
    missing = [name for name, needed in FIELDS[kind].items() if needed and name not in fields]
    if len(missing) == sum(FIELDS[kind].values()) and missing:
        raise ShopFileError(f"{file}: no column looks like one of ours; its columns are {', '.join(columns[:12])}")
    guessed: dict[str, object] = {"kind": kind.value, "fields": fields}
    prices = {match[1].upper(): name for name in filled if (match := _PRICE_BY_CURRENCY.match(name))}
    if prices and kind is GenericKind.PRODUCTS:
        guessed["prices"] = prices
    return guessed


def _kind_of(columns: Sequence[str]) -> GenericKind:
    words = {_plain(column) for column in columns}
    dated = any(_plain(name) in words for name in _NAMES["placed_at"][:4])
    counted = any(_plain(name) in words for name in _NAMES["quantity"][:4])
    ordered = any(_plain(name) in words for name in _NAMES["order_id"][:4])
    if ordered and (dated or counted):
        return GenericKind.ORDER_LINES
    titled = any(_plain(name) in words for name in _NAMES["title"])
    emailed = any(_plain(name) in words for name in _NAMES["email"])
    return GenericKind.CUSTOMERS if emailed and not titled else GenericKind.PRODUCTS


def _column_for(field: str, columns: Sequence[str], taken: set[str]) -> str | None:
    for name in _NAMES.get(field, ()):
        for column in columns:
            if _plain(column) == _plain(name) and column not in taken:
                return column
    return None


def _plain(name: str) -> str:
    """`InvoiceNo`, `invoice_no` and `Invoice No` are one name."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.sub(r"[^a-z0-9]", "", spaced.lower())
