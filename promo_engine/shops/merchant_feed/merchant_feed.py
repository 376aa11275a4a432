"""Google Merchant feeds: RSS or Atom with `g:` elements, or a table with tabs. One entry is one variant.

Specification: https://support.google.com/merchants/answer/7052112. Entries of one `item_group_id` are variants of one
product. The same feed in another currency adds prices. XML is read as a stream, without entities or outside documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

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
from promo_engine.shops.row_groups import RowGroup, grouped, items_of
from promo_engine.shops.text.cell_values import ImageLinks, TimeReader, cents, plain_text
from promo_engine.shops.text.text_file import Row, open_text, read_rows, require_columns

_CHUNK_BYTES = 1 << 16
_ENTRIES = {"item", "entry"}
_OPTIONS = ("color", "size", "material", "pattern", "age_group", "gender")
_OPTION_NAMES = {"color": "colour"}
_SELLABLE = {
    "in_stock": True,
    "in stock": True,
    "preorder": True,
    "backorder": True,
    "out_of_stock": False,
    "out of stock": False,
}


class MerchantFeedReader:
    """Reads a feed, XML or table by its first character."""

    kind = "merchant-feed"

    def read(self, file: Path, options: ReadOptions) -> Iterator[ShopItem | RowFinding]:
        """Yield categories and products. Raises ShopFileError for a file that is no feed."""
        text = open_text(file, options.encoding)
        with file.open("rb") as head:
            is_xml = head.read(200).lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
        yield from text.notes
        if is_xml:
            rows = _xml_rows(file)
        else:
            require_columns(text, ("id", "title", "price"), kind=self.kind)
            rows = (row if isinstance(row, RowFinding) else _trimmed(row) for row in read_rows(text))
        build = _ProductBuilder(options)
        yield from items_of(grouped(rows, lambda row: row.get("item_group_id") or row.get("id")), build.items)
        yield from build.images.notes("image_link")


class _ProductBuilder:
    def __init__(self, options: ReadOptions) -> None:
        self._times = TimeReader(options.zone, None)
        self._categories = CategoryPaths(options.locale or "en")
        self.images = ImageLinks()

    def items(self, group: RowGroup) -> Iterator[ShopItem]:
        first = group.rows[0]
        variants = tuple(self._variant(row) for row in group.rows)
        path = first.get("product_type") or _named(first.get("google_product_category"))
        category_id = CategoryPaths.id_of(plain_text(path.replace(" > ", "\x00")).replace("\x00", " > "))
        product = ShopProduct(
            product_id=group.key,
            title=plain_text(first.get("title")),
            variants=variants,
            brand=plain_text(first.get("brand")),
            url=first.get("link"),
            image_url=self.images.read(first.get("image_link")),
            category_ids=(category_id,) if category_id else (),
        )
        yield from self._categories.new_nodes(category_id)
        yield product

    def _variant(self, row: Row) -> ShopVariant:
        variant_id = row.get("id")
        if not variant_id:
            raise ShopItemError("id", "the entry has no id")
        return ShopVariant(
            variant_id=variant_id,
            sku=row.get("mpn"),
            gtin=row.get("gtin"),
            options={_OPTION_NAMES.get(name, name): plain_text(word) for name in _OPTIONS if (word := row.get(name))},
            image_url=self.images.read(row.get("image_link")),
            status=ListingStatus.ACTIVE,
            prices=(self._price(row),),
            stock=_stock(row),
        )

    def _price(self, row: Row) -> ShopPrice:
        list_cents, currency = _money(row, "price")
        if not row.get("sale_price"):
            return ShopPrice(currency, list_cents)
        sale_cents, sale_currency = _money(row, "sale_price")
        if sale_currency != currency:
            raise ShopItemError("sale_price", f"the sale is in {sale_currency}, the price in {currency}")
        dates = row.get("sale_price_effective_date")
        if not dates:
            return ShopPrice(currency, list_cents, sale_cents)
        starts, slash, ends = dates.partition("/")
        if not slash:
            raise ShopItemError("sale_price_effective_date", f"{dates!r} is no span of two times with / between them")
        column = "sale_price_effective_date"
        return ShopPrice(
            currency,
            list_cents,
            sale_cents,
            sale_from=self._times.read(starts, column=column),
            sale_until=self._times.read(ends, column=column),
        )


def _money(row: Row, column: str) -> tuple[int, str]:
    written = row.get(column)
    number, _, currency = written.partition(" ")
    if not currency:
        raise ShopItemError(column, f"{written!r} is no price such as 105.29 USD")
    currency = currency.strip()
    need_currency(column, currency)
    return cents(number, currency, column=column, machine=True), currency


def _stock(row: Row) -> ShopStock | None:
    word = row.get("availability").lower()
    if not word:
        return None
    if word not in _SELLABLE:
        raise ShopItemError("availability", f"{word!r} is none of in_stock, out_of_stock, preorder, backorder")
    return ShopStock(None if _SELLABLE[word] else 0, backorder=word in {"preorder", "backorder"})


def _named(category: str) -> str:
    """Google's category in words; its bare number is no name."""
    return "" if category.isdigit() else category


def _trimmed(row: Row) -> Row:
    return Row(row.number, {_local(name): cell for name, cell in row.cells.items()})


@lru_cache(maxsize=4096)
def _local(tag: str) -> str:
    """`{http://base.google.com/ns/1.0}price`, `g:price` and `price` are `price`."""
    return tag.rpartition("}")[2].rpartition(":")[2].strip().lower().replace(" ", "_")


def _xml_rows(file: Path) -> Iterator[Row | RowFinding]:
    number = 1
    try:
        with file.open("rb") as stream:
            for number, cells in enumerate(_entries(stream), start=2):
                yield Row(number, cells)
    except DefusedXmlException as error:
        raise ShopFileError(f"{file}: the feed declares entities or documents of its own, which is not read") from error
    except ParseError as error:
        line = error.position[0]
        if number == 1:
            raise ShopFileError(f"{file}: this is no XML that can be read: {error}") from error
        reason = f"the file breaks off or is damaged in line {line}: entries after this one are not read"
        yield RowFinding(number + 1, "", "", "", Severity.REFUSED, reason)
        return
    if number == 1:
        raise ShopFileError(f"{file}: the feed has no entries (<item> or <entry>)")


def _entries(stream: IO[bytes]) -> Iterator[dict[str, str]]:
    """The cells of each entry. Raises ParseError, after the entries before the fault."""
    target = _EntryTarget()
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            parser.feed(chunk)
            yield from target.take()
        parser.close()
    except ParseError:
        yield from target.take()
        raise


class _EntryTarget:
    """Puts entries together from what the parser finds: no tree is built, which takes a third of the time of a feed."""

    def __init__(self) -> None:
        self._ready: list[dict[str, str]] = []
        self._cells: dict[str, str] | None = None
        """Of the entry that is open."""
        self._depth = 0
        """Elements that are open inside the entry."""
        self._text: list[str] = []
        self._href = ""
        self._reads = False
        """Within an element of the entry, before any element of its own."""

    def take(self) -> list[dict[str, str]]:
        """The entries since the last call."""
        ready, self._ready = self._ready, []
        return ready

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if self._cells is None:
            if _local(tag) in _ENTRIES:
                self._cells, self._depth, self._reads = {}, 0, False
            return
        self._depth += 1
        self._reads = self._depth == 1
        if self._reads:
            self._text, self._href = [], attributes.get("href", "")

    def data(self, text: str) -> None:
        """A part of an element's text."""
        if self._reads:
            self._text.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._cells is None:
            return
        if self._depth == 0:
            self._ready.append(self._cells)
            self._cells = None
            return
        if self._depth == 1:
            self._cells.setdefault(_local(tag), "".join(self._text) or self._href)
        self._reads = False
        self._depth -= 1
