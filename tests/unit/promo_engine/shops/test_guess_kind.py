"""What an export is, and a first mapping for it, told by its columns or its records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from promo_engine.domain.catalogue.shop_catalogue import ShopCategory, ShopPrice, ShopProduct
from promo_engine.ports.shop.shop_file_reader import ReadOptions, ShopFileError
from promo_engine.shops.file_readers import FILE_READERS
from promo_engine.shops.guess_kind import guess_any_mapping, guess_kind

DUMP: list[dict[str, Any]] = [
    {"model": "shop.category", "pk": 1, "fields": {"name": "Camp", "parent": None}},
    {"model": "shop.category", "pk": 2, "fields": {"name": "Tents", "parent": 1}},
    {"model": "shop.producttype", "pk": 9, "fields": {"name": "Goods"}},
    {"model": "shop.productlisting", "pk": 8, "fields": {"product": 5, "currency": "EUR", "price": "1.00"}},
    {"model": "shop.product", "pk": 5, "fields": {"name": "Dome", "category": 2, "product_type": 9}},
    {"model": "shop.productvariant", "pk": 7, "fields": {"product": 5, "sku": "D-1", "name": "green"}},
    {"model": "shop.variantprice", "pk": 6, "fields": {"variant": 7, "currency": "EUR", "price_amount": "449.00"}},
    {"model": "depot.stock", "pk": 4, "fields": {"product_variant": 7, "quantity": 3}},
]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("Handle,Title,Vendor,Variant Price\nmug,Mug,Tarn,4.00\n", "shopify-products"),
        ("ID,Type,SKU,Name,Regular price\n1,simple,M,Mug,4\n", "woocommerce-products"),
        ("id\ttitle\tlink\tprice\nm\tMug\thttps://shop.example\t4.00 EUR\n", "merchant-feed"),
        ("\ufeff<?xml version='1.0'?><rss><channel/></rss>", "merchant-feed"),
        ("Product Handle;Product Title;Variant Price EUR\nmug;Mug;4.00\n", "generic"),
        ('[{"model": "shop.product"}]', "joined-json"),
    ],
)
def test_a_file_is_told_by_what_it_begins_with(tmp_path: Path, content: str, kind: str) -> None:
    file = tmp_path / "export"
    file.write_text(content, encoding="utf-8")
    assert guess_kind(file) == kind


def test_a_web_page_is_no_kind_of_export(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text("<!doctype html><title>503</title>")
    with pytest.raises(ShopFileError, match="this is a web page"):
        guess_kind(file)


def test_a_dump_of_a_database_is_read_by_the_guess_alone(tmp_path: Path) -> None:
    file = tmp_path / "dump.json"
    file.write_text(json.dumps(DUMP))
    found = list(FILE_READERS["joined-json"].read(file, ReadOptions(mapping=guess_any_mapping(file))))
    assert [item for item in found if isinstance(item, ShopCategory)] == [
        ShopCategory("1", {"en": "Camp"}),
        ShopCategory("2", {"en": "Tents"}, "1"),
    ]
    (product,) = (item for item in found if isinstance(item, ShopProduct))
    (variant,) = product.variants
    assert (product.product_id, product.title, product.category_ids) == ("5", "Dome", ("2",))
    assert (variant.variant_id, variant.sku, variant.prices) == ("7", "D-1", (ShopPrice("EUR", 44900),))
    assert variant.stock is not None
    assert variant.stock.pieces == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[{", "this is no JSON"),
        ("[1, 2]", "the file is no list of objects"),
        ('[{"model": "shop.order", "pk": 1}]', "no records look like products and their variants; there are order"),
        ('[{"name": "Dome"}]', "no records look like products and their variants"),
    ],
)
def test_what_no_mapping_can_be_guessed_for_is_one_line(tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "dump.json"
    file.write_text(content)
    with pytest.raises(ShopFileError, match=reason):
        guess_any_mapping(file)
