"""Mappings: which of their columns holds which of our fields, and how to read it.

A mapping is YAML. A field is a column's name, or an object with `column` (or `constant`) and `split`, `format`, `zone`,
`currency`. `skip` leaves rows out, with a reason that the report counts:

    kind: order-lines
    fields:
      order_id: InvoiceNo
      placed_at: {column: InvoiceDate, zone: Europe/London}
      currency: {constant: GBP}
    skip:
      - {column: Quantity, matches: "^-", reason: a return}
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from promo_engine.ports.shop.shop_file_reader import ShopFileError
from promo_engine.shops.text.text_file import Row


class GenericKind(StrEnum):
    """What a row of the file is."""

    PRODUCTS = "products"
    CUSTOMERS = "customers"
    ORDER_LINES = "order-lines"


FIELDS: Mapping[GenericKind, Mapping[str, bool]] = {
    GenericKind.PRODUCTS: {
        "product_id": True,
        "title": True,
        "variant_id": False,
        "sku": False,
        "gtin": False,
        "brand": False,
        "url": False,
        "image_url": False,
        "category": False,
        "status": False,
        "price": False,
        "sale_price": False,
        "currency": False,
        "stock": False,
        "cost": False,
        "options": False,
    },
    GenericKind.CUSTOMERS: {
        "customer_id": False,
        "email": False,
        "country": False,
        "locale": False,
        "segments": False,
        "created_at": False,
    },
    GenericKind.ORDER_LINES: {
        "order_id": True,
        "placed_at": True,
        "title": True,
        "quantity": True,
        "number": False,
        "customer_id": False,
        "email": False,
        "currency": False,
        "piece_price": False,
        "line_price": False,
        "variant_id": False,
        "sku": False,
        "state": False,
        "total": False,
        "discount": False,
        "delivery": False,
        "tax": False,
        "postcode": False,
        "updated_at": False,
    },
}
"""Fields of each kind, and whether a mapping has to name them."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MappedField(_Strict):
    """Where a field's value comes from."""

    column: str | None = None
    constant: str | None = None
    split: str | None = None
    """Separator of several values in one cell, or of a path's nodes."""
    format: str | None = None
    """For times, as `datetime.strptime` reads it."""
    zone: str | None = None
    currency: str | None = None
    """For an amount whose column has a currency of its own."""

    @model_validator(mode="after")
    def _one_source(self) -> MappedField:
        if (self.column is None) == (self.constant is None):
            raise ValueError("a field names a column or a constant")
        return self

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise ValueError(f"there is no zone {zone!r}; try Europe/Berlin") from error
        return zone

    def read(self, row: Row) -> str:
        """The value in a row, blanks around it gone."""
        return self.constant if self.constant is not None else row.get(self.column or "")


class SkipRule(_Strict):
    """Rows that are left out."""

    column: str
    matches: str
    """A regular expression that is searched in the cell."""
    reason: str

    @field_validator("matches")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return pattern

    def applies_to(self, row: Row) -> bool:
        """Whether a row is left out."""
        return re.search(self.matches, row.get(self.column)) is not None


class FieldMapping(_Strict):
    """A whole mapping."""

    kind: GenericKind
    fields: dict[str, MappedField] = Field(min_length=1)
    prices: dict[str, MappedField] = Field(default_factory=dict)
    """By currency, for tables with one column a currency."""
    delimiter: str | None = None
    skip: tuple[SkipRule, ...] = ()

    @field_validator("fields", "prices", mode="before")
    @classmethod
    def _short_form(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        return {name: {"column": value} if isinstance(value, str) else value for name, value in fields.items()}

    @model_validator(mode="after")
    def _fields_of_the_kind(self) -> FieldMapping:
        known = FIELDS[self.kind]
        if unknown := [name for name in self.fields if name not in known]:
            raise ValueError(f"{unknown[0]!r} is no field of {self.kind}; its fields are {', '.join(known)}")
        if missing := [name for name, needed in known.items() if needed and name not in self.fields]:
            raise ValueError(f"the field {missing[0]!r} is needed for {self.kind}")
        return self

    def value(self, row: Row, field: str) -> str:
        """A field's value in a row; empty if the mapping does not name it."""
        mapped = self.fields.get(field)
        return "" if mapped is None else mapped.read(row)

    def column_of(self, field: str) -> str:
        """What an error says of a field: its column, else its own name."""
        mapped = self.fields.get(field)
        return field if mapped is None or mapped.column is None else mapped.column

    def values(self, row: Row, field: str, *, split: str) -> Sequence[str]:
        """A field's values in a row, where a cell holds several."""
        separator = (self.fields[field].split if field in self.fields else None) or split
        return [word.strip() for word in self.value(row, field).split(separator) if word.strip()]

    def columns(self) -> set[str]:
        """Columns that the mapping reads."""
        mapped = [*self.fields.values(), *self.prices.values()]
        return {field.column for field in mapped if field.column} | {rule.column for rule in self.skip}


def read_mapping(content: Mapping[str, object], *, name: str = "the mapping") -> FieldMapping:
    """Check a mapping. Raises ShopFileError with one line that names the field."""
    try:
        return FieldMapping.model_validate(dict(content))
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise ShopFileError(f"{name}: {path + ': ' if path else ''}{reason}") from error


def load_mapping(path: Path) -> dict[str, object]:
    """The YAML of a mapping file. Raises ShopFileError for one that is no YAML object."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ShopFileError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from error
    if not isinstance(content, dict):
        raise ShopFileError(f"{path}: a mapping is an object with kind and fields")
    return content
