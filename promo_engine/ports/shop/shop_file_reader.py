"""What a source of a shop's data promises: it turns a file or a reply into canonical items, one by one.

Adapters in `shops/` implement `ShopFileReader`; the importer stores what they yield and reports what they refuse. They
stream: a reader holds one product or order at a time, whatever the size of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from promo_engine.domain.catalogue.shop_catalogue import ShopCategory, ShopProduct
from promo_engine.domain.customers.shop_orders import ShopCustomer, ShopOrder

ShopItem = ShopCategory | ShopProduct | ShopOrder | ShopCustomer


class Severity(StrEnum):
    """How bad a finding is."""

    NOTE = "note"
    """Said once; nothing is lost."""
    REFUSED = "refused"
    """The item of this row is not stored."""


@dataclass(frozen=True)
class RowFinding:
    """One line of an import's report."""

    row: int
    """The row in the file, the header being row 1; 0 for the file as a whole."""
    key: str
    """The product, order or customer the row is about; empty where that is not known."""
    field: str
    value: str
    severity: Severity
    reason: str


class ShopFileError(Exception):
    """The file as a whole cannot be read; the message is one line that says why and what to do."""


@dataclass(frozen=True)
class ReadOptions:
    """What a file does not say itself."""

    source: str = "default"
    """Name of the shop's source; becomes part of what the importer records, not of identifiers."""
    currency: str | None = None
    zone: ZoneInfo | None = None
    """For times without a zone; None refuses them."""
    locale: str | None = None
    """For decimals such as `1.234,56`; None refuses what can be read in two ways."""
    encoding: str | None = None
    """None detects it and says so in a note."""
    mapping: Mapping[str, object] = field(default_factory=dict)
    """Our field: their column, for the generic kinds."""
    now: datetime | None = None
    """Times more than five minutes later are refused; None does not look."""


class ShopFileReader(Protocol):
    """One kind of file."""

    kind: str
    """Such as `shopify-products`."""

    def read(self, file: Path, options: ReadOptions) -> Iterator[ShopItem | RowFinding]:
        """Yield items and findings in the file's order. Raises ShopFileError for a file that is not of the kind."""
        ...
