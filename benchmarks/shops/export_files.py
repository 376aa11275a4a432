"""Files as shop systems export them, of any length, written row by row. Nothing in them is anybody's."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

VARIANTS = 4
"""Of each product."""
LINES = 2
"""Of each order."""
CATEGORIES = 40
_SIZES = ("S", "M", "L", "XL")
_AT = "2026-03-{day:02} 10:{minute:02}:00 +0100"


def shopify_products(path: Path, *, rows: int) -> None:
    """A row a variant; the product's own cells stand in its first row."""
    header = [
        "Handle",
        "Title",
        "Body (HTML)",
        "Vendor",
        "Product Category",
        "Tags",
        "Published",
        "Option1 Name",
        "Option1 Value",
        "Variant SKU",
        "Variant Inventory Qty",
        "Variant Inventory Policy",
        "Variant Price",
        "Variant Compare At Price",
        "Image Src",
        "Status",
    ]

    def lines() -> Iterator[Sequence[object]]:
        for number in range(rows):
            product, size = divmod(number, VARIANTS)
            tail = (_SIZES[size], f"S-{product}-{size}", 3, "deny", _price(product), "")
            if size:
                yield (f"p-{product}", "", "", "", "", "", "", "", *tail, "", "")
            else:
                of_it = (f"Product {product}", "<p>Light &amp; dry</p>", f"Brand {product % 9}", _category(product))
                image = f"https://shop.example/{product}.png"
                yield (f"p-{product}", *of_it, "spring", "true", "Size", *tail, image, "active")

    _table(path, header, lines())


def shopify_orders(path: Path, *, rows: int) -> None:
    """A row a line; the order's own cells stand in its first row."""
    header = [
        "Name",
        "Email",
        "Financial Status",
        "Fulfillment Status",
        "Currency",
        "Subtotal",
        "Shipping",
        "Taxes",
        "Total",
        "Created at",
        "Lineitem quantity",
        "Lineitem name",
        "Lineitem price",
        "Lineitem sku",
        "Shipping Zip",
        "Id",
    ]

    def lines() -> Iterator[Sequence[object]]:
        for number in range(rows):
            order, line = divmod(number, LINES)
            product = (order * 7 + line * 13) % 3_000
            of_line = (1, f"Product {product} - M", _price(product), f"S-{product}-1")
            if line:
                yield (f"#{order + 1001}", *[""] * 9, *of_line, "", "")
            else:
                money = ("EUR", "40.00", "4.90", "7.17", "44.90")
                whose = f"c{order % 60_000}@example.com"
                at = _AT.format(day=order % 28 + 1, minute=order % 60)
                zip_code = f"{order % 90_000 + 10_000}"
                yield (f"#{order + 1001}", whose, "paid", "fulfilled", *money, at, *of_line, zip_code, order + 10**9)

    _table(path, header, lines())


def shopify_customers(path: Path, *, rows: int) -> None:
    """A row a customer."""
    header = ["Customer ID", "Email", "Accepts Email Marketing", "Default Address Country Code", "Tags"]
    lines = ((number, f"c{number}@example.com", "yes", "DE", "club") for number in range(rows))
    _table(path, header, lines)


def woocommerce_products(path: Path, *, rows: int) -> None:
    """A variable product and its variations, one row each."""
    header = [
        "ID",
        "Type",
        "SKU",
        "Name",
        "Published",
        "Regular price",
        "Sale price",
        "Categories",
        "Images",
        "Parent",
        "In stock?",
        "Stock",
        "Attribute 1 name",
        "Attribute 1 value(s)",
    ]

    def lines() -> Iterator[Sequence[object]]:
        for number in range(rows):
            product, size = divmod(number, VARIANTS + 1)
            if not size:
                image = f"https://shop.example/{product}.png"
                sizes = ", ".join(_SIZES)
                category = _category(product)
                yield (
                    number,
                    "variable",
                    f"P{product}",
                    f"P {product}",
                    1,
                    "",
                    "",
                    category,
                    image,
                    "",
                    1,
                    "",
                    "Size",
                    sizes,
                )
            else:
                sold = (1, _price(product), "", "", "", f"P{product}", 1, 7, "Size", _SIZES[size - 1])
                yield (number, "variation", f"V{number}", f"P {product} - {_SIZES[size - 1]}", *sold)

    _table(path, header, lines())


def merchant_feed(path: Path, *, rows: int) -> None:
    """RSS, an entry a variant."""
    entry = (
        "<item><g:id>V{n}</g:id><g:item_group_id>P{p}</g:item_group_id><title>Product {p}</title>"
        "<link>https://shop.example/{p}</link><g:image_link>https://shop.example/{p}.png</g:image_link>"
        "<g:price>{price} EUR</g:price><g:availability>in_stock</g:availability><g:brand>Brand {b}</g:brand>"
        "<g:product_type>{category}</g:product_type><g:size>{size}</g:size></item>\n"
    )
    with path.open("w", encoding="utf-8") as file:
        file.write('<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>\n')
        for number in range(rows):
            product, size = divmod(number, VARIANTS)
            category = _category(product).replace(">", "&gt;")
            values = {"n": number, "p": product, "b": product % 9, "size": _SIZES[size], "category": category}
            file.write(entry.format(price=_price(product), **values))
        file.write("</channel></rss>\n")


def order_lines(path: Path, *, rows: int) -> None:
    """A table that only a mapping explains."""
    header = ["invoice", "day", "article", "text", "pieces", "each", "who"]
    lines = (
        (number // LINES, f"2026-03-{number % 28 + 1:02}T10:00:00Z", f"A{number % 3_000}", f"Article {number % 3_000}",
         1, _price(number % 3_000), f"C{number // LINES % 60_000}")
        for number in range(rows)
    )  # fmt: skip
    _table(path, header, lines)


def database_dump(path: Path, *, rows: int) -> None:
    """Records that point at each other, a variant and its price being two."""
    records: list[Mapping[str, object]] = []
    for number in range(rows // 2):
        product, size = divmod(number, VARIANTS)
        if not size:
            records.append({"model": "product", "pk": product, "name": f"Product {product}"})
        records.append({"model": "variant", "pk": number, "product": product, "sku": f"S{number}"})
        records.append(
            {"model": "price", "pk": number, "variant": number, "amount": _price(product), "currency": "EUR"}
        )
    path.write_text(json.dumps(records), encoding="utf-8")


LINES_MAPPING: Mapping[str, object] = {
    "kind": "order-lines",
    "fields": {
        "order_id": "invoice",
        "placed_at": "day",
        "sku": "article",
        "title": "text",
        "quantity": "pieces",
        "piece_price": "each",
        "customer_id": "who",
    },
}
DUMP_MAPPING: Mapping[str, object] = {
    "products": {"where": {"model": "product"}, "id": "pk", "title": "name"},
    "variants": {"where": {"model": "variant"}, "id": "pk", "product": "product", "sku": "sku"},
    "prices": {"where": {"model": "price"}, "variant": "variant", "amount": "amount", "currency": "currency"},
}
EXPORTS: Mapping[str, tuple[Callable[..., None], Mapping[str, object]]] = {
    "shopify-products": (shopify_products, {}),
    "shopify-orders": (shopify_orders, {}),
    "shopify-customers": (shopify_customers, {}),
    "woocommerce-products": (woocommerce_products, {}),
    "merchant-feed": (merchant_feed, {}),
    "generic": (order_lines, LINES_MAPPING),
    "joined-json": (database_dump, DUMP_MAPPING),
}
"""By kind: what writes such a file, and the mapping that reads it."""


def _table(path: Path, header: Sequence[str], lines: Iterator[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(lines)


def _price(product: int) -> str:
    return f"{product % 90 + 9}.90"


def _category(product: int) -> str:
    return f"Room {product % 4} > Shelf {product % CATEGORIES}"
