"""Whole files of real shops and shop systems, where they lie near the checkout, and one day in their shape by hand."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from promo_engine.domain.catalogue.shop_catalogue import ShopCategory, ShopProduct
from promo_engine.domain.customers.shop_orders import ShopOrder
from promo_engine.ports.shop.shop_file_reader import ReadOptions, RowFinding, Severity, ShopItem
from promo_engine.shops.file_readers import FILE_READERS
from promo_engine.shops.generic.guess_mapping import guess_mapping

REAL = Path(__file__).parents[5] / "shared" / "shops"
SALEOR = REAL / "saleor" / "populatedb_data.json"
UCI = REAL / "uci_online_retail.csv.gz"
NEARBY = pytest.mark.skipif(not UCI.exists(), reason="the wholesaler's year does not lie beside this checkout")
SALEOR_MAP: dict[str, object] = {
    "kind": "joined-json",
    "categories": {
        "where": {"model": "product.category"},
        "id": "pk",
        "name": "fields.name",
        "parent": "fields.parent",
    },
    "products": {
        "where": {"model": "product.product"},
        "id": "pk",
        "title": "fields.name",
        "category": "fields.category",
    },
    "variants": {
        "where": {"model": "product.productvariant"},
        "id": "pk",
        "product": "fields.product",
        "sku": "fields.sku",
        "name": "fields.name",
    },
    "prices": {
        "where": {"model": "product.productvariantchannellisting"},
        "variant": "fields.variant",
        "amount": "fields.price_amount",
        "currency": "fields.currency",
    },
    "stock": {
        "where": {"model": "warehouse.stock"},
        "variant": "fields.product_variant",
        "pieces": "fields.quantity",
    },
}
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
DAY = (
    "536365,85123A,HEART HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom",
    "536365,71053,METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom",
    "536370,POST,POSTAGE,3,2010-12-01 08:45:00,18.00,12583.0,France",
    "C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,14527.0,United Kingdom",
    "536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom",
    "536544,21773,ROSE BATHROOM BOTTLE,1,2010-12-01 14:32:00,2.51,,United Kingdom",
    "C536391,22556,CIRCUS PLASTERS,-12,2010-12-01 10:24:00,1.65,17548.0,United Kingdom",
    "536400,M,Manual,2,2010-12-01 10:53:00,1.00,13448.0,United Kingdom",
)


def refusals(found: Iterable[ShopItem | RowFinding]) -> list[RowFinding]:
    return [item for item in found if isinstance(item, RowFinding) and item.severity is Severity.REFUSED]


@pytest.mark.skipif(not SALEOR.exists(), reason="the shop system's own files do not lie beside this checkout")
def test_saleor_s_demo_is_read_by_a_mapping() -> None:
    found = list(FILE_READERS["joined-json"].read(SALEOR, ReadOptions(mapping=SALEOR_MAP)))
    assert refusals(found) == []
    products = [item for item in found if isinstance(item, ShopProduct)]
    variants = [variant for product in products for variant in product.variants]
    prices = Counter(price.currency for variant in variants for price in variant.prices)
    assert (len(products), len(variants), prices) == (32, 73, {"USD": 73, "PLN": 73})
    categories = {item.category_id: item.parent_id for item in found if isinstance(item, ShopCategory)}
    assert len(categories) == 16
    assert {parent for parent in categories.values() if parent is not None} < set(categories), "a tree"


def by_hand(folder: Path) -> Path:
    path = folder / "day.csv"
    path.write_text("\n".join([HEADER, *DAY]) + "\n")
    return path


def real_day(folder: Path) -> Path:
    path = folder / "day.csv"
    with gzip.open(UCI, "rt", encoding="utf-8") as whole:
        header = next(whole)
        path.write_text(header + "".join(takewhile(lambda line: "2010-12-01 " in line, whole)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "day",
    [
        by_hand,
        pytest.param(
            real_day, marks=pytest.mark.skipif(not UCI.exists(), reason="it does not lie beside this checkout")
        ),
    ],
    ids=["by hand", "UCI Online Retail"],
)
class TestOneDayOfAWholesaler:
    def test_its_report_counts_what_the_file_holds(self, day: object, tmp_path: Path) -> None:
        path = day(tmp_path)  # type: ignore[operator]
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        options = ReadOptions(currency="GBP", zone=ZoneInfo("Europe/London"), mapping=guess_mapping(path))
        found = list(FILE_READERS["generic"].read(path, options))
        orders = {item.order_id: item for item in found if isinstance(item, ShopOrder)}
        refused = {finding.key: finding.reason for finding in refusals(found)}
        invoices = {row["InvoiceNo"] for row in rows}
        assert orders.keys() | refused.keys() == invoices
        assert not orders.keys() & refused.keys()
        returns = {row["InvoiceNo"] for row in rows if int(row["Quantity"]) <= 0}
        gone = {key for key, reason in refused.items() if reason.startswith("a line has at least one piece")}
        assert gone == returns
        nobody = {row["InvoiceNo"] for row in rows if not row["CustomerID"]} & orders.keys()
        assert {order_id for order_id, order in orders.items() if order.customer_id is None} == nobody
        for code in ("POST", "D", "DOT", "M"):
            counted = sum(row["StockCode"] == code and row["InvoiceNo"] in orders for row in rows)
            kept = sum(line.sku == code for order in orders.values() for line in order.lines)
            assert kept == counted, code
        assert all(order.placed_at.utcoffset() is not None for order in orders.values())

    def test_its_times_need_a_zone(self, day: object, tmp_path: Path) -> None:
        path = day(tmp_path)  # type: ignore[operator]
        options = ReadOptions(currency="GBP", mapping=guess_mapping(path))
        found = list(FILE_READERS["generic"].read(path, options))
        assert not [item for item in found if isinstance(item, ShopOrder)]
        assert all("--zone" in finding.reason for finding in refusals(found) if finding.field == "InvoiceDate")
