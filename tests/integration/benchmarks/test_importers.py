"""The importers' benchmark in small: its files are read whole, the same again stores nothing, memory does not follow
the file's length."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from benchmarks.shops.export_files import EXPORTS, LINES, VARIANTS
from benchmarks.shops.importer_rates import import_file, read
from promo_engine.domain.catalogue.shop_catalogue import ShopProduct
from promo_engine.domain.customers.shop_orders import ShopOrder
from promo_engine.ports.shop.shop_file_reader import RowFinding
from promo_engine.shops.file_readers import FILE_READERS

STREAMED = ("shopify-products", "shopify-orders", "shopify-customers", "merchant-feed", "generic")
"""WooCommerce's variations may come late, and JSON has no rows: those two hold what they read."""


def test_every_importer_is_measured() -> None:
    assert EXPORTS.keys() == FILE_READERS.keys()


@pytest.mark.parametrize("kind", EXPORTS)
def test_the_same_file_again_stores_nothing(kind: str, tmp_path: Path) -> None:
    file = tmp_path / kind
    EXPORTS[kind][0](file, rows=100)
    found = list(read(kind, file))
    assert not [item for item in found if isinstance(item, RowFinding)]
    if kind in ("shopify-products", "merchant-feed"):
        assert sum(len(item.variants) for item in found if isinstance(item, ShopProduct)) == 100
        assert sum(isinstance(item, ShopProduct) for item in found) == 100 // VARIANTS
    if kind in ("shopify-orders", "generic"):
        assert [len(item.lines) for item in found if isinstance(item, ShopOrder)] == [LINES] * (100 // LINES)


@pytest.mark.parametrize("kind", ["shopify-products", "shopify-orders"])
def test_an_import_is_measured_first_and_again(kind: str, tmp_path: Path) -> None:
    file, url = tmp_path / kind, f"sqlite+aiosqlite:///{tmp_path}/shop.db"
    EXPORTS[kind][0](file, rows=200)
    first, again = (import_file(kind, file, rows=200, url=url, again=later) for later in (False, True))
    assert first.stored > 0
    assert (again.stored, first.refused, again.refused) == (0, 0, 0)
    assert first.processor_seconds > 0
    assert first.peak_mib > 0


@pytest.mark.parametrize("kind", STREAMED)
def test_a_catalogue_four_times_as_large_is_read_in_the_same_memory(kind: str, tmp_path: Path) -> None:
    peaks = []
    for rows in (2_000, 8_000):
        file = tmp_path / f"{kind}-{rows}"
        EXPORTS[kind][0](file, rows=rows)
        tracemalloc.start()
        for _ in read(kind, file):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    small, large = peaks
    assert large < small + 1_000_000, f"{small:,} and {large:,} bytes"
