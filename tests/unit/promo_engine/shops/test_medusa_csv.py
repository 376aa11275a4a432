"""Medusa's product exports through the generic importer, by hand in their shape and its own where they lie near."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from promo_engine.domain.catalogue.shop_catalogue import ShopProduct
from promo_engine.ports.shop.shop_file_reader import ReadOptions, RowFinding, Severity, ShopItem
from promo_engine.shops.file_readers import FILE_READERS
from promo_engine.shops.generic.guess_mapping import guess_mapping

REAL = Path(__file__).parents[5] / "shared" / "shops" / "medusa_csv"
HEADER = "Product Id,Product Handle,Product Title,Product Status,Variant Id,Variant Sku,{prices}"
COLUMNS = "Variant Price DKK,Variant Price EUR,Variant Price USD"
ROWS = (
    "prod_1,base,Base product,draft,variant_1,,30,45,100",
    "prod_1,base,Base product,draft,variant_2,,50,65,200",
    "prod_2,other,Other product,published,variant_3,S3,30,45.50,100",
)


def written(folder: Path, name: str, prices: str = COLUMNS, rows: Iterable[str] = ROWS, delimiter: str = ",") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER.format(prices=prices), *rows]).replace(",", delimiter) + "\n")
    return path


def read(path: Path) -> list[ShopItem | RowFinding]:
    return list(FILE_READERS["generic"].read(path, ReadOptions(mapping=guess_mapping(path))))


def products(found: Iterable[ShopItem | RowFinding]) -> list[ShopProduct]:
    return [item for item in found if isinstance(item, ShopProduct)]


def prices(found: Iterable[ShopItem | RowFinding]) -> dict[str, dict[str, int]]:
    return {
        variant.variant_id: {price.currency: price.list_cents for price in variant.prices}
        for product in products(found)
        for variant in product.variants
    }


def test_commas_and_semicolons_give_equal_products_with_three_prices(tmp_path: Path) -> None:
    by_comma = read(written(tmp_path, "comma.csv"))
    assert products(by_comma) == products(read(written(tmp_path, "semicolon.csv", delimiter=";")))
    assert prices(by_comma) == {
        "variant_1": {"DKK": 3000, "EUR": 4500, "USD": 10000},
        "variant_2": {"DKK": 5000, "EUR": 6500, "USD": 20000},
        "variant_3": {"DKK": 3000, "EUR": 4550, "USD": 10000},
    }


def test_a_price_of_no_currency_is_named_once_and_the_rest_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "prices.csv", "Variant Price USD,Variant Price EUR,Variant Price nonexistent [EUR]")
    found = read(path)
    assert prices(found)["variant_1"] == {"USD": 3000, "EUR": 4500}
    (note,) = [item for item in found if isinstance(item, RowFinding)]
    assert (note.severity, note.field) == (Severity.NOTE, "columns")
    assert "Variant Price nonexistent [EUR]" in note.value


@pytest.mark.skipif(not REAL.exists(), reason="the shop system's own files do not lie beside this checkout")
def test_medusa_s_own_files() -> None:
    by_comma = read(REAL / "exported-products-comma.csv")
    assert products(by_comma) == products(read(REAL / "exported-products-semicolon.csv"))
    assert {tuple(sorted(found)) for found in prices(by_comma).values()} == {("DKK", "EUR", "USD")}
    for name, column in (("invalid-column.csv", "Product field"), ("invalid-prices.csv", "Variant Price nonexistent")):
        found = read(REAL / name)
        assert len(products(found)) == 1, name
        named = [item for item in found if isinstance(item, RowFinding) and column in item.value]
        assert len(named) == 1, name
