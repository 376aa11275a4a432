"""Shopify's customer export. Names, addresses and telephone numbers are not read; the e-mail address is hashed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.customers.email_hash import email_customer_id, email_hash
from promo_engine.domain.customers.shop_orders import ShopCustomer
from promo_engine.ports.shop.shop_file_reader import ReadOptions, RowFinding, ShopItem
from promo_engine.shops.row_groups import RowGroup, items_of
from promo_engine.shops.text.cell_values import truth
from promo_engine.shops.text.text_file import Row, open_text, read_rows, require_columns


class ShopifyCustomersReader:
    """Reads `customers_export.csv`."""

    kind = "shopify-customers"

    def read(self, file: Path, options: ReadOptions) -> Iterator[ShopItem | RowFinding]:
        """Yield customers. Raises ShopFileError for another file."""
        text = open_text(file, options.encoding)
        require_columns(text, ("Email", "Tags"), kind=self.kind)
        yield from text.notes
        single = (row if isinstance(row, RowFinding) else RowGroup(_key(row), (row,)) for row in read_rows(text))
        yield from items_of(single, _customers)


def _key(row: Row) -> str:
    return row.get("Customer ID").lstrip("'") or row.get("Email").lower()


def _customers(group: RowGroup) -> Iterator[ShopItem]:
    (row,) = group.rows
    hashed = email_hash(row.get("Email"))
    shop_id = row.get("Customer ID").lstrip("'")
    if not hashed and not shop_id:
        raise ShopItemError("Email", "the customer has neither an e-mail address nor an id")
    consent = row.get("Accepts Email Marketing") or row.get("Accepts Marketing")
    yield ShopCustomer(
        customer_id=email_customer_id(hashed) or shop_id,
        email_hash=hashed,
        country=(row.get("Default Address Country Code") or row.get("Country Code")).upper(),
        marketing_consent=truth(consent, column="Accepts Marketing"),
        segments=tuple(tag.strip() for tag in row.get("Tags").split(",") if tag.strip()),
        aliases={"shopify": shop_id} if shop_id else {},
    )
