"""Small hand-written exports in the shapes of real shop systems. All people are made up and live at example.com."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from promo_engine.ports.shop.shop_file_reader import ReadOptions, RowFinding, ShopFileReader, ShopItem

SHOPIFY_ORDER_COLUMNS = [
    "Name",
    "Email",
    "Financial Status",
    "Paid at",
    "Fulfillment Status",
    "Fulfilled at",
    "Accepts Marketing",
    "Currency",
    "Subtotal",
    "Shipping",
    "Taxes",
    "Total",
    "Discount Code",
    "Discount Amount",
    "Shipping Method",
    "Created at",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem price",
    "Lineitem compare at price",
    "Lineitem sku",
    "Lineitem requires shipping",
    "Lineitem taxable",
    "Lineitem fulfillment status",
    "Billing Name",
    "Billing Street",
    "Billing Zip",
    "Billing Country",
    "Shipping Name",
    "Shipping Street",
    "Shipping Zip",
    "Shipping Country",
    "Notes",
    "Note Attributes",
    "Cancelled at",
    "Payment Method",
    "Payment Reference",
    "Refunded Amount",
    "Vendor",
    "Outstanding Balance",
    "Employee",
    "Location",
    "Device ID",
    "Id",
    "Tags",
    "Risk Level",
    "Source",
    "Lineitem discount",
    "Tax 1 Name",
    "Tax 1 Value",
    "Phone",
]

FILES = Path(__file__).parent / "files"
SHOPIFY_PRODUCTS = (FILES / "shopify_products.csv").read_text()
WOOCOMMERCE_PRODUCTS = (FILES / "woocommerce_products.csv").read_text()
MERCHANT_FEED = (FILES / "merchant_feed.xml").read_text()


def order_table(orders: Sequence[Mapping[str, str]]) -> str:
    """A Shopify order export: every mapping is one row, other columns stay empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, SHOPIFY_ORDER_COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(orders)
    return text.getvalue()


SHOPIFY_ORDERS = order_table(
    [
        {
            "Name": "#1001",
            "Email": "Ada@Example.com",
            "Financial Status": "paid",
            "Fulfillment Status": "fulfilled",
            "Currency": "EUR",
            "Subtotal": "98.00",
            "Shipping": "4.90",
            "Taxes": "16.43",
            "Total": "102.90",
            "Discount Code": "SPRING",
            "Discount Amount": "10.00",
            "Created at": "2026-03-01 12:00:00 +0200",
            "Lineitem quantity": "1",
            "Lineitem name": "Rain jacket Tärn - M / Blue",
            "Lineitem price": "89.00",
            "Lineitem sku": "TJ-M-BL",
            "Lineitem discount": "10.00",
            "Shipping Name": "Ada Example",
            "Shipping Street": "1 Example Street",
            "Shipping Zip": "'01067",
            "Id": "450789469",
        },
        {
            "Name": "#1001",
            "Lineitem quantity": "2",
            "Lineitem name": "Gift card",
            "Lineitem price": "9.50",
        },
        {
            "Name": "#1002",
            "Email": "bob@example.com",
            "Financial Status": "partially_refunded",
            "Fulfillment Status": "fulfilled",
            "Currency": "GBP",
            "Subtotal": "20.00",
            "Total": "20.00",
            "Created at": "2026-03-02 09:30:00 +0000",
            "Refunded Amount": "5.00",
            "Lineitem quantity": "4",
            "Lineitem name": "Mug",
            "Lineitem price": "5.00",
            "Lineitem sku": "MUG",
            "Id": "450789470",
        },
        {
            "Name": "#1003",
            "Email": "",
            "Financial Status": "voided",
            "Currency": "EUR",
            "Total": "5.00",
            "Created at": "2026-03-03 09:30:00 +0100",
            "Cancelled at": "2026-03-03 10:00:00 +0100",
            "Lineitem quantity": "1",
            "Lineitem name": "Mug",
            "Lineitem price": "5.00",
            "Id": "450789471",
        },
    ]
)


def read(reader: ShopFileReader, path: Path, **options: Any) -> list[ShopItem | RowFinding]:
    """Everything that a reader yields."""
    return list(reader.read(path, ReadOptions(**options)))
