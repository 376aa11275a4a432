"""A merchant feed of twenty items in two currencies, imported as a shop does: each shopper's price, to the cent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_aiohttp.plugin import AiohttpClient
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.app import create_app
from promo_engine.domain.catalogue.shop_catalogue import ShopCategory, ShopProduct, ShopVariant
from promo_engine.ports.models import Models
from promo_engine.ports.shop.shop_file_reader import ReadOptions
from promo_engine.services.catalogue.import_shop import ShopImporter
from promo_engine.settings import Settings
from promo_engine.shops.file_readers import FILE_READERS
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.api_client import ApiClient
from tests.support.fakes import Clock

COLUMNS = "id\ttitle\tlink\timage_link\tprice\tavailability\tproduct_type\tbrand"


def _feed(currency: str, tent: str) -> str:
    rows = [f"tent\tRidge 2 tent\thttps://shop.example/tent\thttps://cdn.shop.example/t.jpg\t{tent} {currency}"]
    rows += [
        f"item-{number}\tStove {number}\thttps://shop.example/{number}\t\t{number}.{number:02} {currency}"
        for number in range(10, 29)
    ]
    return "\n".join([COLUMNS, *(f"{row}\tin_stock\tCamping > Gear\tRidge" for row in rows)])


@pytest.fixture
async def feed(storage: object, database: AsyncEngine, clock: Clock, tmp_path: Path) -> None:
    importer = ShopImporter(SqlStorage(database), clock=clock)
    for currency, tent in (("EUR", "449.00"), ("GBP", "389.00")):
        file = tmp_path / f"{currency}.tsv"
        file.write_text(_feed(currency, tent))
        options = ReadOptions(source="feed", now=datetime.now(UTC))
        report = await importer.take_in(FILE_READERS["merchant-feed"].read(file, options), source_id="feed")
        assert report.refused == 0, report.reasons


async def _of(client: ApiClient, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


@pytest.mark.parametrize(("language", "called"), [("en-IE", "rucksacks"), ("de-DE", "Rucksäcke")])
async def test_a_category_is_called_what_its_shop_calls_it_in_its_language(
    settings: Settings,
    models: Models,
    clock: Clock,
    storage: SqlStorage,
    *,
    aiohttp_client: AiohttpClient,
    language: str,
    called: str,
) -> None:
    names = {"en": "Rucksacks", "de": "Rucksäcke"}
    bags = ShopCategory("Bags", {"en": "Bags"}), ShopCategory("Bags > 7", names, parent_id="Bags")
    async with storage.write() as unit:
        await unit.shop.store_categories(bags)
        product = ShopProduct("r-1", "Ridge 30", (ShopVariant("r-1"),), category_ids=("Bags > 7",))
        await unit.shop.store_products([product], source_id="feed", at=clock())
    shop_file = settings.model_dir / "shop.yml"
    shop_file.write_text(f"{{language: {language}}}")
    of_a_shop = settings.model_copy(update={"shop_file": shop_file})
    client = await aiohttp_client(create_app(of_a_shop, models=lambda _path: models, clock=clock))
    found = await _of(client, "/v1/products/r-1")
    assert found["product"]["category"] == called


@pytest.mark.parametrize(("currency", "cents"), [("EUR", 44_900), ("GBP", 38_900), ("SEK", None)])
async def test_each_shopper_is_quoted_the_price_of_their_currency(
    client: ApiClient, feed: None, currency: str, cents: int | None
) -> None:
    found = await _of(client, f"/v1/products?words=how much is the tent&limit=3&currency={currency}")
    assert found["currency"] == currency
    (tent,) = found["products"]
    assert tent == {
        "product_id": "tent", "name": "Ridge 2 tent", "category": "gear", "brand": "Ridge",
        "price_cents": cents, "highest_cents": cents, "variant_id": "tent", "in_stock": True,
        "url": "https://shop.example/tent", "image_url": "https://cdn.shop.example/t.jpg",
    }  # fmt: skip
    listed = (await _of(client, f"/v1/products?limit=200&per_category=12&currency={currency}"))["products"]
    expected = {f"item-{number}": number * 101 for number in range(10, 29)} | {"tent": cents}
    shown = {row["product_id"]: row["price_cents"] for row in listed if row["product_id"] in expected}
    assert shown and all(cents == (expected[name] if currency != "SEK" else None) for name, cents in shown.items())


async def test_an_offer_whose_product_is_gone_is_marked_for_its_keepers(
    client: ApiClient, feed: None, database: AsyncEngine
) -> None:
    body = {
        "offer_id": "tent-10", "promotion_id": "autumn", "title": "10 % off the tent", "terms": "Once.",
        "benefit": {"kind": "percentage", "percent_basis_points": 1000}, "products": ["tent"], "unit_cost_cents": 0,
        "starts_at": "2026-11-20T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z",
    }  # fmt: skip
    made = await (await client.post("/v1/offers", json=body, headers={"X-Actor": "eve"})).json()
    assert made["no_product"] is False, made
    async with SqlStorage(database).write() as unit:
        assert await unit.shop.archive_product("tent")
    assert (await _of(client, "/v1/offers/tent-10"))["no_product"] is True
    of_promotion = (await _of(client, "/v1/promotions/autumn/offers"))["offers"]
    assert [offer["offer_id"] for offer in of_promotion if offer["no_product"]] == ["tent-10"]
