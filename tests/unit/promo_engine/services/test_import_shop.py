"""What sources read is stored once, changed in place, and answered item by item."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from promo_engine.domain.catalogue.shop_catalogue import (
    ListingStatus,
    ShopCategory,
    ShopPrice,
    ShopProduct,
    ShopStock,
    ShopVariant,
)
from promo_engine.domain.customers.shop_orders import (
    Refund,
    Shipment,
    ShopCustomer,
    ShopOrder,
    ShopOrderLine,
    ShopOrderState,
)
from promo_engine.ports.shop.shop_file_reader import RowFinding, Severity, ShopItem
from promo_engine.ports.shop.shop_repository import StoreResult
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.catalogue.import_shop import (
    NOT_COMPLETE,
    ImportReport,
    ShopImporter,
    TooMuchWouldGoError,
)
from tests.support.shop_tables import ShopTables

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TEA = ShopCategory("Tea", {"en": "Tea", "de": "Tee"})
GREEN = ShopCategory("Tea > Green", {"en": "Green"}, parent_id="Tea")
POT = ShopProduct(
    "pot",
    "Tea pot",
    variants=(
        ShopVariant(
            "pot-1l", sku="POT1", prices=(ShopPrice("EUR", 2500, 2000), ShopPrice("GBP", 2200)), stock=ShopStock(3)
        ),
        ShopVariant("pot-2l", sku="POT2", prices=(ShopPrice("EUR", 3500),)),
    ),
    category_ids=("Tea > Green", "Tea"),
    updated_at=NOW,
)
ORDER = ShopOrder(
    "1",
    "# 10-01",
    "ada",
    NOW - timedelta(days=3),
    "EUR",
    2990,
    lines=(
        ShopOrderLine("Tea pot - 1 l", 1, 2000, variant_id="pot-1l", sku="POT1", discount_cents=500),
        ShopOrderLine("A book about tea", 1, 990),
    ),
    state=ShopOrderState.SHIPPED,
    shop_updated_at=NOW - timedelta(days=1),
    shipments=(Shipment("p1", "UPS", "1Z2345", "https://ups.example/1Z2345"),),
    refunds=(Refund("r1", 100, NOW),),
)


@pytest.fixture
def importer(new_shop: Storage) -> ShopImporter:
    return ShopImporter(new_shop, clock=lambda: NOW)


async def take_in(importer: ShopImporter, *items: ShopItem | RowFinding, **options: Any) -> ImportReport:
    return await importer.take_in(items, source_id="test", **options)


async def test_a_whole_shop_is_stored_and_the_same_again_changes_nothing(
    importer: ShopImporter, tables: ShopTables
) -> None:
    ada = ShopCustomer("ada", country="GB", segments=("vip",), aliases={"shopify": "7"}, created_at=NOW)
    first = await take_in(importer, TEA, GREEN, POT, ada, ORDER)
    assert first.of(StoreResult.STORED) == 5
    again = await take_in(importer, TEA, GREEN, POT, ada, ORDER)
    assert (again.of(StoreResult.STORED), again.of(StoreResult.UNCHANGED)) == (0, 5)
    (order,) = await tables("orders")
    assert (order["number"], order["number_key"], order["shop_state"]) == ("# 10-01", "1001", "shipped")
    assert len(await tables("shipments")) == len(await tables("refunds")) == 1
    assert {(row["variant_id"], row["currency"]): row["list_cents"] for row in await tables("prices")} == {
        ("pot-1l", "EUR"): 2500,
        ("pot-1l", "GBP"): 2200,
        ("pot-2l", "EUR"): 3500,
    }
    categories = {row["external_id"]: row for row in await tables("product_categories")}
    assert categories["Tea > Green"]["parent_id"] == categories["Tea"]["category_id"]
    assert await tables("customer_aliases") == [{"source": "shopify", "external_id": "7", "customer_id": "ada"}]


async def test_the_same_feed_in_two_currencies_changes_nothing_the_second_time(
    importer: ShopImporter, tables: ShopTables
) -> None:
    def feed(currency: str, cents: int) -> ShopProduct:
        return ShopProduct("pot", "Pot", (ShopVariant("pot", prices=(ShopPrice(currency, cents),)),))

    for expected in (StoreResult.STORED, StoreResult.UNCHANGED):
        for item in (feed("EUR", 2500), feed("GBP", 2200)):
            assert (await take_in(importer, item)).of(expected) == 1
    dearer = await take_in(importer, feed("GBP", 2300))
    assert dearer.of(StoreResult.STORED) == 1
    stored = {row["currency"]: row["list_cents"] for row in await tables("prices")}
    assert stored == {"EUR": 2500, "GBP": 2300}


async def test_an_order_is_never_refused_for_an_unknown_product_or_customer(
    importer: ShopImporter, tables: ShopTables
) -> None:
    nobody = replace(ORDER, order_id="2", number="2", customer_id=None)
    report = await take_in(importer, ORDER, nobody)
    assert report.of(StoreResult.STORED) == 2
    customers = {row["customer_id"]: row["guest"] for row in await tables("customers")}
    assert customers == {"ada": True, "guest:2": True}
    products = {row["product_id"]: row["status"] for row in await tables("products")}
    assert set(products.values()) == {"unlisted"}
    assert len(products) == 2
    lines = await tables("purchases")
    assert {line["title"] for line in lines} == {"Tea pot - 1 l", "A book about tea"}


async def test_a_line_is_called_what_it_was_called_when_it_was_bought(
    importer: ShopImporter, new_shop: Storage
) -> None:
    await take_in(importer, TEA, GREEN, POT)
    await take_in(importer, replace(ORDER, lines=(replace(ORDER.lines[0], title="Tea pot, old"), ORDER.lines[1])))
    async with new_shop.read() as unit:
        lines = await unit.orders.lines("1")
    assert [line.title for line in lines] == ["Tea pot, old", "A book about tea"]


async def test_a_product_reported_after_its_order_takes_its_place_in_the_catalogue(
    importer: ShopImporter, tables: ShopTables
) -> None:
    await take_in(importer, ORDER)
    await take_in(importer, TEA, GREEN, POT)
    await take_in(importer, replace(ORDER, shop_updated_at=NOW))
    lines = await tables("purchases")
    assert {line["product_id"] for line in lines if line["variant_id"] == "pot-1l"} == {"pot"}


async def test_what_the_shop_reported_earlier_does_not_undo_what_it_reported_later(
    importer: ShopImporter, tables: ShopTables
) -> None:
    await take_in(importer, TEA, GREEN, POT, ORDER)
    older = replace(ORDER, state=ShopOrderState.PAID, shop_updated_at=NOW - timedelta(days=2))
    old_pot = replace(POT, title="An old pot", updated_at=NOW - timedelta(days=9))
    report = await take_in(importer, old_pot, older)
    assert report.of(StoreResult.STALE) == 2
    assert (await tables("orders"))[0]["shop_state"] == "shipped"
    newer = replace(ORDER, state=ShopOrderState.DELIVERED, shop_updated_at=NOW, refunds=())
    assert (await take_in(importer, newer)).of(StoreResult.STORED) == 1
    assert (await tables("orders"))[0]["shop_state"] == "delivered"
    assert await tables("refunds") == []
    assert len(await tables("purchases")) == 2


async def test_variants_that_a_product_no_longer_has_are_archived(importer: ShopImporter, tables: ShopTables) -> None:
    await take_in(importer, TEA, GREEN, POT)
    await take_in(importer, replace(POT, variants=POT.variants[:1], updated_at=NOW + timedelta(hours=1)))
    assert {row["variant_id"]: row["status"] for row in await tables("variants")} == {
        "pot-1l": "active",
        "pot-2l": "archived",
    }


async def test_what_is_refused_is_answered_by_key_and_the_rest_is_stored(importer: ShopImporter) -> None:
    findings: list[RowFinding] = []
    lamp = ShopProduct("lamp", "Lamp", category_ids=("Lamps",))
    thief = ShopProduct("thief", "Thief", variants=(ShopVariant("pot-1l"),))
    orphan = ShopCategory("X > Y", {"en": "Y"}, parent_id="X")
    report = await importer.take_in(
        [TEA, GREEN, orphan, POT, lamp, thief], source_id="test", on_finding=findings.append
    )
    assert [(finding.key, finding.field, finding.reason) for finding in findings] == [
        ("X > Y", "parent_id", "there is no category X"),
        ("lamp", "category_ids", "there is no category Lamps"),
        ("thief", "variants", "the variant pot-1l belongs to the product pot"),
    ]
    assert (report.refused, report.of(StoreResult.STORED)) == (3, 3)


async def test_a_dry_run_says_the_same_and_stores_nothing(importer: ShopImporter, tables: ShopTables) -> None:
    report = await take_in(importer, TEA, GREEN, POT, ORDER, dry_run=True)
    assert report.of(StoreResult.STORED) == 4
    for table in ("product_categories", "products", "variants", "orders", "customers"):
        assert await tables(table) == []


async def test_a_complete_file_archives_what_is_missing_but_asks_before_much_goes(
    importer: ShopImporter, tables: ShopTables
) -> None:
    many = [ShopProduct(f"p{number}", f"Product {number}") for number in range(10)]
    await take_in(importer, *many)
    report = await take_in(importer, *many[1:], complete=True)
    assert report.archived == 1
    status = {row["product_id"]: row["status"] for row in await tables("products")}
    assert status["p0"] == ListingStatus.ARCHIVED
    with pytest.raises(TooMuchWouldGoError, match="6 of 9 products are not in the file"):
        await take_in(importer, *many[7:], complete=True)
    report = await take_in(importer, *many[7:], complete=True, even_if_much_goes=True)
    assert report.archived == 6
    back = await take_in(importer, many[0])
    assert back.of(StoreResult.STORED) == 1, "an archived product that is reported again sells again"


async def test_what_a_complete_file_refuses_or_lost_is_not_archived(importer: ShopImporter, tables: ShopTables) -> None:
    many = [ShopProduct(f"p{number}", f"Product {number}") for number in range(10)]
    await take_in(importer, *many)
    bad_price = RowFinding(2, "p0", "price", "nine", Severity.REFUSED, "'nine' is not a number")
    report = await take_in(importer, bad_price, *many[1:], complete=True)
    assert report.archived == 0, "it is in the file, and refused"
    cut = RowFinding(11, "", "", "", Severity.REFUSED, "the file ends inside a quoted cell: it was cut")
    report = await take_in(importer, *many[:9], cut, complete=True, even_if_much_goes=True)
    assert (report.archived, list(report.notes)) == (0, [NOT_COMPLETE])
    assert {row["status"] for row in await tables("products")} == {ListingStatus.ACTIVE}
