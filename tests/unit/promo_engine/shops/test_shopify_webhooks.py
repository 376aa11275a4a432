"""Bodies of Shopify's webhooks: hand-written in their shapes, and its own fixtures where they lie near."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError, ShopProduct, ShopStock
from promo_engine.domain.catalogue.shop_changes import (
    CustomerNamed,
    CustomerRedacted,
    OrderRefund,
    OrderShipment,
    ProductDeleted,
    ShopRedacted,
    SourceDisconnected,
)
from promo_engine.domain.customers.email_hash import email_customer_id, email_hash
from promo_engine.domain.customers.shop_orders import ShopCustomer, ShopOrder, ShopOrderState
from promo_engine.shops.shopify.shopify_webhooks import TOPICS, read_webhook

REAL = Path(__file__).parents[5] / "shared" / "shops" / "shopify_json"
ORDER: dict[str, Any] = {
    "id": 1,
    "name": "#1001",
    "email": "Ada@example.com",
    "created_at": "2026-03-01T11:00:00-05:00",
    "updated_at": "2026-03-01T12:00:00-05:00",
    "currency": "EUR",
    "total_price": "25.50",
    "subtotal_price": "20.00",
    "total_tax": "3.19",
    "total_discounts": "2.00",
    "financial_status": "paid",
    "fulfillment_status": None,
    "shipping_lines": [{"price": "5.50"}],
    "discount_codes": [{"code": "TEN", "amount": "2.00"}],
    "line_items": [
        {"name": "Mug - blue", "quantity": 2, "price": "11.00", "total_discount": "2.00", "sku": "", "variant_id": 7}
    ],
    "shipping_address": {"name": "Ada Example", "zip": "01067"},
}


def only(topic: str, body: dict[str, Any]) -> Any:
    (found,) = (item for item in read_webhook(topic, body, currency="EUR") if not isinstance(item, CustomerNamed))
    return found


def test_an_order_keeps_its_money_and_no_address() -> None:
    order = only("orders/create", ORDER)
    assert isinstance(order, ShopOrder)
    assert (order.order_id, order.number, order.state) == ("1", "#1001", ShopOrderState.PAID)
    assert (order.total_cents, order.delivery_cents, order.tax_cents, order.discount_cents) == (2550, 550, 319, 200)
    (line,) = order.lines
    assert (line.title, line.quantity, line.line_cents, line.variant_id) == ("Mug - blue", 2, 2000, "variant:7")
    assert order.customer_id == f"email:{email_hash('ada@example.com')[:48]}"
    assert order.shop_updated_at == datetime(2026, 3, 1, 17, tzinfo=UTC)
    assert "Ada" not in repr(order)
    assert "01067" not in repr(order)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"cancelled_at": "2026-03-02T00:00:00Z"}, ShopOrderState.CANCELLED),
        ({"fulfillment_status": "partial"}, ShopOrderState.PARTLY_SHIPPED),
        ({"fulfillment_status": "fulfilled"}, ShopOrderState.SHIPPED),
        ({"fulfillment_status": "beamed"}, ShopOrderState.UNKNOWN),
        ({"financial_status": "refunded", "fulfillment_status": "fulfilled"}, ShopOrderState.REFUNDED),
        ({"financial_status": "who knows"}, ShopOrderState.UNKNOWN),
        ({"financial_status": None}, ShopOrderState.RECEIVED),
    ],
)
def test_states_are_those_that_the_shop_reports(changes: dict[str, Any], state: ShopOrderState) -> None:
    assert only("orders/updated", ORDER | changes).state is state


@pytest.mark.parametrize("missing", ["id", "created_at", "updated_at", "currency"])
def test_a_body_without_what_an_order_needs_is_refused_by_the_field(missing: str) -> None:
    with pytest.raises(ShopItemError) as refused:
        only("orders/create", {name: value for name, value in ORDER.items() if name != missing})
    assert refused.value.field == missing


PARCEL: dict[str, Any] = {
    "id": 5,
    "order_id": 1,
    "status": "success",
    "created_at": "2026-03-02T10:00:00Z",
    "updated_at": "2026-03-04T15:00:00Z",
    "tracking_company": "UPS",
    "tracking_number": "1Z2345",
    "tracking_url": "https://ups.example/1Z2345",
}


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, ShopOrderState.SHIPPED),
        ({"shipment_status": "out_for_delivery"}, ShopOrderState.OUT_FOR_DELIVERY),
        ({"shipment_status": "delivered"}, ShopOrderState.DELIVERED),
        ({"shipment_status": "attempted_delivery"}, ShopOrderState.DELIVERY_FAILED),
        ({"status": "failure"}, ShopOrderState.UNKNOWN),
        ({"shipment_status": "teleported"}, ShopOrderState.UNKNOWN),
    ],
)
def test_a_parcel_s_state(changes: dict[str, Any], state: ShopOrderState) -> None:
    change = only("fulfillments/update", PARCEL | changes)
    assert isinstance(change, OrderShipment)
    assert change.shipment.state is state
    assert (change.shipment.delivered_at is not None) == (state is ShopOrderState.DELIVERED)
    assert change.shipment.promised_until is None, "no date is promised that the shop did not report"


def test_a_link_that_is_no_web_address_is_dropped() -> None:
    assert only("fulfillments/update", PARCEL | {"tracking_url": "javascript:alert(1)"}).shipment.tracking_url == ""


def test_only_money_that_really_went_back_is_a_refund() -> None:
    refund = {
        "id": 9,
        "order_id": 1,
        "created_at": "2026-03-05T10:00:00Z",
        "transactions": [
            {"kind": "refund", "status": "success", "amount": "5.00", "currency": "EUR"},
            {"kind": "refund", "status": "failure", "amount": "9.00", "currency": "EUR"},
            {"kind": "void", "status": "success", "amount": "7.00", "currency": "EUR"},
        ],
    }
    change = only("refunds/create", refund)
    assert isinstance(change, OrderRefund)
    assert change.refund.cents == 500


def test_a_product_has_the_names_that_exports_use() -> None:
    body = {
        "id": 3,
        "handle": "mug",
        "title": "Mug &amp; saucer",
        "vendor": "Tarn",
        "status": "draft",
        "updated_at": "2026-03-05T10:00:00Z",
        "options": [{"name": "Colour"}],
        "images": [{"src": "http://shop.example/mug.png"}],
        "variants": [
            {
                "price": "8.00",
                "compare_at_price": "10.00",
                "sku": "MUG-B",
                "option1": "blue",
                "inventory_quantity": -2,
                "inventory_management": "shopify",
            },
            {"price": "8.00", "sku": "", "option1": "red", "inventory_quantity": 4, "inventory_management": None},
        ],
    }
    product = only("products/update", body)
    assert isinstance(product, ShopProduct)
    assert (product.product_id, product.title, product.status) == ("mug", "Mug & saucer", "draft")
    assert product.image_url == "https://shop.example/mug.png"
    blue, red = product.variants
    assert (blue.variant_id, blue.prices[0].list_cents, blue.prices[0].sale_cents) == ("MUG-B", 1000, 800)
    assert (blue.stock, red.stock) == (ShopStock(0), ShopStock(None))
    assert red.variant_id == "mug/red"


def test_an_order_says_what_the_shop_calls_its_customer() -> None:
    customer = {"id": 207, "email": "Ada@Example.com"}
    order, named = read_webhook("orders/create", ORDER | {"customer": customer}, currency="EUR")
    assert isinstance(order, ShopOrder)
    assert named == CustomerNamed(str(email_customer_id(email_hash("ada@example.com"))), "207")
    (alone,) = read_webhook("orders/create", ORDER | {"customer": {"id": 207}}, currency="EUR")
    assert isinstance(alone, ShopOrder)


def test_people_are_a_hash_and_an_alias() -> None:
    body = {
        "id": 207,
        "email": "Bob@Example.com",
        "created_at": "2026-03-05T10:00:00Z",
        "first_name": "Bob",
        "state": "enabled",
        "tags": "vip, ",
        "email_marketing_consent": {"state": "subscribed"},
        "default_address": {"country_code": "GB", "city": "Leeds"},
    }
    customer = only("customers/create", body)
    assert isinstance(customer, ShopCustomer)
    assert (customer.country, customer.segments, customer.marketing_consent, customer.guest) == (
        "GB",
        ("vip",),
        True,
        False,
    )
    assert customer.aliases == {"": "207"}
    assert "Leeds" not in repr(customer)


def test_privacy_and_ends() -> None:
    redact = only("customers/redact", {"customer": {"id": 207, "email": "bob@example.com"}, "orders_to_redact": [1, 2]})
    assert redact == CustomerRedacted(email_hash("bob@example.com"), ("207",), ("1", "2"))
    assert only("shop/redact", {"shop_id": 1}) == ShopRedacted()
    assert only("app/uninstalled", {}) == SourceDisconnected()
    assert only("products/delete", {"id": 788}) == ProductDeleted("788")


def test_a_topic_nobody_subscribed_to_says_nothing() -> None:
    assert list(read_webhook("carts/update", {"id": 1}, currency="EUR")) == []
    assert {"customers/data_request", "customers/redact", "shop/redact"} <= TOPICS


@pytest.mark.skipif(not REAL.is_dir(), reason="the shop system's own fixtures do not lie beside this checkout")
def test_the_shop_system_s_own_fixtures() -> None:
    def load(name: str) -> dict[str, Any]:
        return dict(json.loads((REAL / f"{name}.json").read_text()))

    order = only("orders/create", load("order"))
    assert (order.number, order.total_cents, len(order.lines), order.codes) == ("#1001", 40994, 3, ("TENOFF",))
    parcel = only("fulfillments/create", load("fulfillment"))
    assert (parcel.order_id, parcel.shipment.tracking_number) == (order.order_id, "1Z2345")
    refund = only("refunds/create", load("refund"))
    assert (refund.order_id, refund.refund.cents) == (order.order_id, 20900)
    found = list(read_webhook("products/create", load("product"), currency="USD"))
    assert isinstance(found[-1], ShopProduct)
    assert [variant.sku for variant in found[-1].variants][:2] == ["IPOD2008PINK", "IPOD2008RED"]
