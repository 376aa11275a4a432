"""Which kind of export of products a file is, by its first bytes and its columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from promo_engine.shops.generic.guess_joined_json import guess_joined_mapping, is_json_list
from promo_engine.shops.generic.guess_mapping import guess_mapping
from promo_engine.shops.text.text_file import columns_of, open_text

_BY_COLUMNS = {
    "shopify-products": {"Handle", "Title", "Variant Price"},
    "woocommerce-products": {"ID", "Type", "Name", "Regular price"},
    "merchant-feed": {"id", "title", "link", "price"},
}


def guess_kind(file: Path) -> str:
    """The name of the reader that fits; `generic` for a table that nobody knows. Raises ShopFileError."""
    text = open_text(file, None)
    with file.open("rb") as head:
        first = head.read(200).lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    if first.startswith(b"<"):
        return "merchant-feed"
    if is_json_list(file):
        return "joined-json"
    columns = set(columns_of(text))
    return next((kind for kind, needed in _BY_COLUMNS.items() if needed <= columns), "generic")


def guess_any_mapping(file: Path, *, encoding: str | None = None) -> Mapping[str, object]:
    """A mapping to go on from, for a table or a JSON file of records. Raises ShopFileError."""
    if is_json_list(file):
        return guess_joined_mapping(file, encoding=encoding)
    return guess_mapping(file, encoding=encoding)
