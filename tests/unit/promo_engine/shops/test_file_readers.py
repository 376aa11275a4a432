"""Every kind of file: the items it yields, and the findings of what it refuses."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from promo_engine.domain.catalogue.shop_catalogue import ListingStatus, ShopCategory, ShopPrice, ShopProduct, ShopStock
from promo_engine.domain.customers.shop_orders import Refund, ShopCustomer, ShopOrder, ShopOrderState, number_key
from promo_engine.ports.shop.shop_file_reader import RowFinding, Severity, ShopFileError, ShopItem
from promo_engine.shops.file_readers import FILE_READERS
from promo_engine.shops.generic.field_mapping import load_mapping
from promo_engine.shops.generic.guess_mapping import guess_mapping
from tests.unit.promo_engine.shops.shop_files import (
    MERCHANT_FEED,
    SHOPIFY_ORDERS,
    SHOPIFY_PRODUCTS,
    WOOCOMMERCE_PRODUCTS,
    read,
)

Found = list[ShopItem | RowFinding]


def products(found: Found) -> dict[str, ShopProduct]:
    return {item.product_id: item for item in found if isinstance(item, ShopProduct)}


def orders(found: Found) -> dict[str, ShopOrder]:
    return {item.number: item for item in found if isinstance(item, ShopOrder)}


def refused(found: Found) -> list[tuple[int, str, str]]:
    findings = [item for item in found if isinstance(item, RowFinding) and item.severity is Severity.REFUSED]
    return [(finding.row, finding.key, finding.reason) for finding in findings]


def notes(found: Found) -> list[str]:
    return [item.reason for item in found if isinstance(item, RowFinding) and item.severity is Severity.NOTE]


class TestShopifyProducts:
    @pytest.fixture
    def found(self, tmp_path: Path) -> Found:
        path = tmp_path / "products_export.csv"
        path.write_text(SHOPIFY_PRODUCTS)
        return read(FILE_READERS["shopify-products"], path, currency="EUR")

    def test_rows_of_one_handle_are_one_product(self, found: Found) -> None:
        jacket = products(found)["rain-jacket"]
        assert jacket.title == 'Rain jacket "Tarn"'
        assert jacket.brand == "Tarn"
        assert jacket.image_url == "https://shop.example/jacket.png"
        assert jacket.category_ids == ("Apparel > Outerwear > Jackets",)
        medium, large = jacket.variants
        assert (medium.variant_id, medium.options) == ("TJ-M-BL", {"size": "M", "colour": "Blue"})
        assert medium.gtin == "4006381333931"
        assert medium.prices == (ShopPrice("EUR", 11900, 8900),)
        assert medium.unit_cost_cents == 4150
        assert medium.stock == ShopStock(3)
        assert (large.prices, large.stock) == ((ShopPrice("EUR", 8900),), ShopStock(0, backorder=True))
        assert large.stock is not None
        assert large.stock.sellable

    def test_the_path_of_categories_is_a_tree(self, found: Found) -> None:
        tree = {item.category_id: item.parent_id for item in found if isinstance(item, ShopCategory)}
        assert tree["Apparel > Outerwear > Jackets"] == "Apparel > Outerwear"
        assert tree["Apparel"] is None
        first = [item.category_id for item in found if isinstance(item, ShopCategory)][:3]
        assert first == ["Apparel", "Apparel > Outerwear", "Apparel > Outerwear > Jackets"]

    def test_a_product_without_options_or_sku_is_called_by_its_handle(self, found: Found) -> None:
        (card,) = products(found)["gift-card"].variants
        assert (card.variant_id, card.options, card.stock) == ("gift-card", {}, None)

    def test_unpublished_is_a_draft_and_a_bad_picture_a_placeholder(self, found: Found) -> None:
        hat = products(found)["old-hat"]
        assert (hat.status, hat.image_url) == (ListingStatus.DRAFT, "")
        assert notes(found) == ["1 pictures have no https address; a placeholder stands for them"]

    def test_a_bad_price_refuses_its_product_alone(self, found: Found) -> None:
        assert refused(found) == [(7, "broken", "'nine' is not a number")]
        assert "broken" not in products(found)

    def test_without_a_currency_the_file_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "products_export.csv"
        path.write_text(SHOPIFY_PRODUCTS)
        with pytest.raises(ShopFileError, match="names no currency; give the shop's with --currency EUR"):
            read(FILE_READERS["shopify-products"], path)

    def test_rows_that_do_not_stand_together_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "products_export.csv"
        path.write_text("Handle,Title,Variant Price\na,A,1\nb,B,1\na,A again,2\n")
        found = read(FILE_READERS["shopify-products"], path, currency="EUR")
        assert refused(found) == [(4, "a", "its rows do not stand together in the file: sort it")]

    def test_the_same_sku_twice_in_a_product_is_said(self, tmp_path: Path) -> None:
        path = tmp_path / "products_export.csv"
        path.write_text(
            "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\nm,M,Size,S,X,1\nm,,,L,X,1\n"
        )
        found = read(FILE_READERS["shopify-products"], path, currency="EUR")
        assert [variant.variant_id for variant in products(found)["m"].variants] == ["X", "m/L"]
        assert notes(found) == ["the SKU stands twice in the product; this variant is called m/L"]


class TestShopifyOrders:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    def test_every_encoding_gives_the_same_orders(self, tmp_path: Path, encoding: str) -> None:
        path = tmp_path / "orders_export.csv"
        path.write_bytes(SHOPIFY_ORDERS.encode(encoding))
        found = orders(read(FILE_READERS["shopify-orders"], path))
        path.write_bytes(SHOPIFY_ORDERS.encode())
        assert found == orders(read(FILE_READERS["shopify-orders"], path))
        assert len(found) == 3

    def test_an_order_with_its_lines(self, tmp_path: Path) -> None:
        path = tmp_path / "orders_export.csv"
        path.write_text(SHOPIFY_ORDERS)
        order = orders(read(FILE_READERS["shopify-orders"], path))["#1001"]
        assert order.order_id == "450789469"
        assert order.placed_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
        assert (order.currency, order.total_cents, order.delivery_cents, order.tax_cents) == ("EUR", 10290, 490, 1643)
        assert [(line.title, line.quantity, line.line_cents, line.variant_id) for line in order.lines] == [
            ("Rain jacket Tärn - M / Blue", 1, 7900, "TJ-M-BL"),
            ("Gift card", 2, 1900, None),
        ]
        assert order.state is ShopOrderState.SHIPPED
        assert order.codes == ("SPRING",)

    def test_of_people_only_a_hash_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "orders_export.csv"
        path.write_text(SHOPIFY_ORDERS)
        found = read(FILE_READERS["shopify-orders"], path)
        assert orders(found)["#1001"].customer_id == f"email:{sha256(b'ada@example.com').hexdigest()[:48]}"
        assert orders(found)["#1003"].customer_id is None
        for word in ("Ada", "Example Street", "01067", "example.com"):
            assert word not in repr(found)

    def test_refunds_and_cancellations(self, tmp_path: Path) -> None:
        path = tmp_path / "orders_export.csv"
        path.write_text(SHOPIFY_ORDERS)
        found = orders(read(FILE_READERS["shopify-orders"], path))
        assert found["#1002"].state is ShopOrderState.PARTLY_REFUNDED
        assert found["#1002"].refunds == (Refund("450789470/refunded", 500),)
        assert found["#1003"].state is ShopOrderState.CANCELLED
        assert found["#1003"].cancelled_at == datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_shopify_customers_keep_no_names(tmp_path: Path) -> None:
    path = tmp_path / "customers_export.csv"
    path.write_text(
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Country Code,Tags\n"
        '\'207119551,Ada,Example,Ada@example.com,yes,gb,"vip, tea"\n,Bob,Example,,no,,\n'
    )
    found = read(FILE_READERS["shopify-customers"], path)
    (ada,) = [item for item in found if isinstance(item, ShopCustomer)]
    assert ada.aliases == {"shopify": "207119551"}
    assert (ada.country, ada.marketing_consent, ada.segments) == ("GB", True, ("vip", "tea"))
    assert refused(found) == [(3, "", "the customer has neither an e-mail address nor an id")]
    assert "Example" not in repr(found)


class TestWooCommerce:
    @pytest.fixture
    def found(self, tmp_path: Path) -> Found:
        path = tmp_path / "wc-product-export.csv"
        path.write_text(WOOCOMMERCE_PRODUCTS)
        return read(FILE_READERS["woocommerce-products"], path, currency="EUR", zone=ZoneInfo("Europe/Berlin"))

    def test_variations_find_their_parent_by_id_and_by_sku(self, found: Found) -> None:
        hoodie = products(found)["HOODIE"]
        assert [variant.variant_id for variant in hoodie.variants] == ["HOODIE-S", "HOODIE-M"]
        assert hoodie.category_ids == ("Clothing > Hoodies", "Sale")
        small, medium = hoodie.variants
        assert small.options == {"size": "S"}
        assert small.stock == ShopStock(7)
        assert medium.stock == ShopStock(0)

    def test_a_sale_runs_between_its_days(self, found: Found) -> None:
        (price,) = products(found)["HOODIE"].variants[0].prices
        assert price.cents_at(datetime(2026, 1, 15, tzinfo=UTC)) == 3500
        assert price.cents_at(datetime(2025, 12, 31, 22, 59, tzinfo=UTC)) == 4200
        assert price.cents_at(datetime(2026, 1, 31, 23, tzinfo=UTC)) == 4200

    def test_groups_and_external_products_sell_nothing_by_themselves(self, found: Found) -> None:
        assert products(found)["SET"].variants == ()
        assert products(found)["POSTER"].variants == ()
        assert len(products(found)["ALBUM"].variants) == 1

    def test_what_is_refused(self, found: Found) -> None:
        assert refused(found) == [
            (9, "ODD", "'1.234' can be read in two ways; say which with --locale"),
            (8, "LOST", "the variation's parent is not in the file"),
        ]


class TestMerchantFeed:
    def test_entries_of_a_group_are_variants(self, tmp_path: Path) -> None:
        path = tmp_path / "feed.xml"
        path.write_text(MERCHANT_FEED)
        found = read(FILE_READERS["merchant-feed"], path)
        tent = products(found)["TENT"]
        assert (tent.title, tent.category_ids) == ("Tent & fly", ("Outdoor > Tents",))
        two, three = tent.variants
        assert two.prices[0].cents_at(datetime(2026, 3, 2, tzinfo=UTC)) == 39900
        assert two.prices[0].cents_at(datetime(2026, 3, 9, tzinfo=UTC)) == 44900
        assert two.options == {"colour": "Green", "size": "2"}
        assert three.stock is not None
        assert not three.stock.sellable
        assert refused(found) == [(4, "MUG", "'five' is no price such as 105.29 USD")]

    def test_a_table_gives_the_same_as_xml(self, tmp_path: Path) -> None:
        path = tmp_path / "feed.txt"
        path.write_text(
            "id\titem group id\ttitle\tprice\tavailability\tproduct type\n"
            "TENT-3\tTENT\tTent\t499.00 EUR\tin stock\tOutdoor > Tents\n"
        )
        (tent,) = products(read(FILE_READERS["merchant-feed"], path)).values()
        assert tent.variants[0].prices == (ShopPrice("EUR", 49900),)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("<html><body>502</body></html>", "this is a web page"),
            ("<rss><channel></channel></rss>", "the feed has no entries"),
            ("<rss><channel", "this is no XML that can be read"),
            (
                '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><rss><item><id>&a;</id></item></rss>',
                "declares entities",
            ),
        ],
    )
    def test_what_is_no_feed_is_refused_in_one_line(self, tmp_path: Path, content: str, reason: str) -> None:
        path = tmp_path / "feed.xml"
        path.write_text(content)
        with pytest.raises(ShopFileError, match=reason) as error:
            read(FILE_READERS["merchant-feed"], path)
        assert "\n" not in str(error.value)

    def test_a_feed_that_breaks_off_keeps_the_entries_before(self, tmp_path: Path) -> None:
        path = tmp_path / "feed.xml"
        path.write_text(MERCHANT_FEED[: MERCHANT_FEED.index("<item><g:id>MUG")] + "<item><g:id>")
        found = read(FILE_READERS["merchant-feed"], path)
        assert list(products(found)) == ["TENT"]
        assert "breaks off or is damaged" in refused(found)[0][2]


class TestGeneric:
    MAPPING = """
kind: order-lines
fields:
  order_id: InvoiceNo
  placed_at: {column: InvoiceDate, zone: Europe/London}
  title: Description
  quantity: Quantity
  customer_id: CustomerID
  piece_price: UnitPrice
  sku: StockCode
  currency: {constant: GBP}
skip:
  - {column: Quantity, matches: "^-", reason: a return}
  - {column: StockCode, matches: "^(POST|D)$", reason: not a product}
"""
    TABLE = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID
536365,85123A,HEART HOLDER,6,2010-12-01 08:26:00,2.55,17850
536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850
536366,22633,HAND WARMER,2,2010-07-01 08:28:00,1.85,
C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,14527
536367,84879,BIRD,x,2010-12-01 08:34:00,1.69,13047
"""

    def test_a_mapping_reads_any_table(self, tmp_path: Path) -> None:
        table, mapping = tmp_path / "sales.csv", tmp_path / "map.yml"
        table.write_text(self.TABLE)
        mapping.write_text(self.MAPPING)
        found = read(FILE_READERS["generic"], table, mapping=load_mapping(mapping))
        assert [line.line_cents for line in orders(found)["536365"].lines] == [1530]
        assert orders(found)["536366"].customer_id is None
        assert orders(found)["536366"].placed_at == datetime(2010, 7, 1, 7, 28, tzinfo=UTC)
        assert orders(found)["536365"].state is ShopOrderState.UNKNOWN
        assert notes(found) == ["not a product", "a return"]
        assert refused(found) == [(6, "536367", "'x' is not a number")]

    def test_a_guess_can_be_used_as_it_is(self, tmp_path: Path) -> None:
        table = tmp_path / "sales.csv"
        table.write_text(self.TABLE)
        guessed = guess_mapping(table)
        assert guessed["kind"] == "order-lines"
        found = read(FILE_READERS["generic"], table, mapping=guessed, currency="GBP", zone=ZoneInfo("Europe/London"))
        assert set(orders(found)) == {"536365", "536366"}

    def test_a_guess_that_lacks_a_field_is_refused_until_a_person_adds_it(self, tmp_path: Path) -> None:
        table = tmp_path / "sales.csv"
        table.write_text("InvoiceNo,InvoiceDate,Quantity,UnitPrice\n1,2010-12-01 08:26:00,2,2.55\n")
        guessed = guess_mapping(table)
        with pytest.raises(ShopFileError, match="the field 'title' is needed for order-lines"):
            read(FILE_READERS["generic"], table, mapping=guessed, currency="GBP")

    def test_json_lines_are_read_like_rows(self, tmp_path: Path) -> None:
        file = tmp_path / "products.jsonl"
        records = [{"id": "a", "name": "Tea", "price": {"eur": "4.50"}, "stock": 3}, {"id": "b", "name": "Mug"}]
        file.write_text("\n".join([json.dumps(records[0]), "{broken", json.dumps(records[1])]))
        mapping = {
            "kind": "products",
            "fields": {"product_id": "id", "title": "name", "stock": "stock"},
            "prices": {"EUR": "price.eur"},
        }
        found = read(FILE_READERS["generic"], file, mapping=mapping)
        assert products(found)["a"].variants[0].prices == (ShopPrice("EUR", 450),)
        assert products(found)["b"].variants[0].prices == ()
        assert refused(found)[0][0] == 2

    @pytest.mark.parametrize(
        ("mapping", "reason"),
        [
            ({"kind": "products"}, "fields: Field required"),
            ({"kind": "shoes", "fields": {"a": "b"}}, "kind: Input should be"),
            ({"kind": "products", "fields": {"product_id": "id"}}, "the field 'title' is needed for products"),
            ({"kind": "products", "fields": {"colour": "id"}}, "'colour' is no field of products"),
            (
                {"kind": "customers", "fields": {"created_at": {"column": "c", "zone": "Mars/Base"}}},
                "there is no zone 'Mars/Base'",
            ),
            ({"kind": "customers", "fields": {"email": {}}}, "names a column or a constant"),
        ],
    )
    def test_a_bad_mapping_is_one_line(self, tmp_path: Path, mapping: dict[str, object], reason: str) -> None:
        table = tmp_path / "t.csv"
        table.write_text("id,name\n1,a\n")
        with pytest.raises(ShopFileError, match=reason) as error:
            read(FILE_READERS["generic"], table, mapping=mapping)
        assert "\n" not in str(error.value)


def test_records_that_point_at_each_other_are_joined(tmp_path: Path) -> None:
    records = [
        {"model": "category", "pk": 1, "fields": {"name": "Drinks", "parent": None}},
        {"model": "category", "pk": 2, "fields": {"name": "Tea", "parent": 1}},
        {"model": "product", "pk": 7, "fields": {"name": "Green tea", "category": 2}},
        {"model": "variant", "pk": 70, "fields": {"product": 7, "sku": "GT", "name": "100 g"}},
        {"model": "price", "pk": 1, "fields": {"variant": 70, "amount": "4.50", "currency": "EUR"}},
        {"model": "price", "pk": 2, "fields": {"variant": 70, "amount": "19.00", "currency": "PLN"}},
        {"model": "stock", "pk": 1, "fields": {"variant": 70, "quantity": 3}},
        {"model": "stock", "pk": 2, "fields": {"variant": 70, "quantity": 4}},
        {"model": "product", "pk": 8, "fields": {"name": "", "category": 2}},
    ]
    file = tmp_path / "dump.json"
    file.write_text(json.dumps(records))
    mapping: dict[str, object] = {
        "categories": {"where": {"model": "category"}, "id": "pk", "name": "fields.name", "parent": "fields.parent"},
        "products": {"where": {"model": "product"}, "id": "pk", "title": "fields.name", "category": "fields.category"},
        "variants": {"where": {"model": "variant"}, "id": "pk", "product": "fields.product", "sku": "fields.sku"},
        "prices": {
            "where": {"model": "price"},
            "variant": "fields.variant",
            "amount": "fields.amount",
            "currency": "fields.currency",
        },
        "stock": {"where": {"model": "stock"}, "variant": "fields.variant", "pieces": "fields.quantity"},
    }
    found = read(FILE_READERS["joined-json"], file, mapping=mapping)
    (variant,) = products(found)["7"].variants
    assert variant.prices == (ShopPrice("EUR", 450), ShopPrice("PLN", 1900))
    assert variant.stock == ShopStock(7)
    assert [item.parent_id for item in found if isinstance(item, ShopCategory)] == [None, "1"]
    assert refused(found) == [(9, "8", "is missing")]


@pytest.mark.parametrize("number", ["#1001", "1001", "# 1001", "10-01", "#10 01"])
def test_numbers_of_orders_are_compared_without_signs(number: str) -> None:
    assert number_key(number) == "1001"
