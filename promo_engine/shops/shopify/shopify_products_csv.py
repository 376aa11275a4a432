"""Shopify's product export: one row a variant, the product's own fields on its first row, images on rows of their own.

Columns drift from export to export (46 or 47 were seen); unknown ones are ignored. The currency is not in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from promo_engine.shops.row_groups import RowGroup, grouped, items_of
from promo_engine.shops.text.cell_values import ImageLinks, cents, plain_text, truth, whole
from promo_engine.shops.text.text_file import Row, open_text, read_rows, require_columns

_OPTIONS = ("Option1", "Option2", "Option3")
_STATUSES = frozenset(ListingStatus)
_DEFAULT_OPTION = ("Title", "Default Title")
"""What Shopify writes for a product without options."""


class ShopifyProductsReader:
    """Reads `products_export.csv`."""

    kind = "shopify-products"

    def read(self, file: Path, options: ReadOptions) -> Iterator[ShopItem | RowFinding]:
        """Yield categories and products. Raises ShopFileError without a currency, which the file does not name."""
        text = open_text(file, options.encoding)
        require_columns(text, ("Handle", "Title", "Variant Price"), kind=self.kind)
        if options.currency is None:
            raise ShopFileError(
                f"{file}: Shopify's product file names no currency; give the shop's with --currency EUR"
            )
        need_currency("currency", options.currency)
        yield from text.notes
        build = _ProductBuilder(options.currency)
        yield from items_of(grouped(read_rows(text), lambda row: row.get("Handle")), build.items)
        yield from build.images.notes("Image Src")


class _ProductBuilder:
    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._categories = CategoryPaths()
        self.images = ImageLinks()

    def items(self, group: RowGroup) -> Iterator[ShopItem | RowFinding]:
        first = group.rows[0]
        title = first.get("Title")
        if not title:
            raise ShopItemError("Title", "the product's first row has no title")
        category_id = CategoryPaths.id_of(first.get("Product Category") or first.get("Type"))
        names = [first.get(f"{option} Name") for option in _OPTIONS]
        variants, notes = self._variants(group, names)
        yield from self._categories.new_nodes(category_id)
        yield from notes
        yield ShopProduct(
            product_id=group.key,
            title=plain_text(title),
            variants=variants,
            brand=plain_text(first.get("Vendor")),
            image_url=self.images.read(_first_of(group.rows, "Image Src")),
            category_ids=(category_id,) if category_id else (),
            attributes={"tags": first.get("Tags")} if first.get("Tags") else {},
            status=_status(first),
        )

    def _variants(self, group: RowGroup, names: Sequence[str]) -> tuple[tuple[ShopVariant, ...], list[RowFinding]]:
        variants: list[ShopVariant] = []
        notes: list[RowFinding] = []
        taken: set[str] = set()
        for row in group.rows:
            if not row.get("Variant Price"):
                continue  # an image
            values = [row.get(f"{option} Value") for option in _OPTIONS]
            chosen = {
                name.lower(): value
                for name, value in zip(names, values, strict=True)
                if name and value and (name, value) != _DEFAULT_OPTION
            }
            sku = row.get("Variant SKU").lstrip("'")
            own_id = "/".join([group.key, *chosen.values()])
            variant_id = sku if sku and sku not in taken else own_id
            if sku in taken:
                reason = f"the SKU stands twice in the product; this variant is called {own_id}"
                notes.append(RowFinding(row.number, group.key, "Variant SKU", sku, Severity.NOTE, reason))
            taken.add(variant_id)
            variants.append(
                ShopVariant(
                    variant_id=variant_id,
                    sku=sku,
                    gtin=row.get("Variant Barcode").lstrip("'"),
                    options=chosen,
                    image_url=self.images.read(row.get("Variant Image")),
                    prices=(self._price(row),),
                    stock=_stock(row),
                    unit_cost_cents=self._cents(row, "Cost per item") if row.get("Cost per item") else None,
                )
            )
        return tuple(variants), notes

    def _price(self, row: Row) -> ShopPrice:
        price = self._cents(row, "Variant Price")
        before = self._cents(row, "Variant Compare At Price") if row.get("Variant Compare At Price") else 0
        return ShopPrice(self._currency, before, price) if before > price else ShopPrice(self._currency, price)

    def _cents(self, row: Row, column: str) -> int:
        return cents(row.get(column), self._currency, column=column, machine=True)


def _stock(row: Row) -> ShopStock | None:
    pieces = row.get("Variant Inventory Qty")
    if not pieces:
        return None
    return ShopStock(
        pieces=whole(pieces, column="Variant Inventory Qty") if row.get("Variant Inventory Tracker") else None,
        backorder=row.get("Variant Inventory Policy").lower() == "continue",
    )


def _status(row: Row) -> ListingStatus:
    word = row.get("Status").lower()
    if word and word not in _STATUSES:
        raise ShopItemError("Status", f"{word!r} is none of active, draft, archived")
    status = ListingStatus(word or "active")
    published = truth(row.get("Published"), column="Published", default=True)
    return status if published or status is not ListingStatus.ACTIVE else ListingStatus.DRAFT


def _first_of(rows: Sequence[Row], column: str) -> str:
    return next((row.get(column) for row in rows if row.get(column)), "")
