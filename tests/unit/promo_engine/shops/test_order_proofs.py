"""Every way in which a shop reports an order keeps what its customer can prove it with, and neither in plain."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from promo_engine.codecs.shop_item_codec import order_from_json
from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.connections.shop_sources import (
    ConnectedSource,
    SourceKind,
    SourceScope,
    SourceSecrets,
    SourceSettings,
)
from promo_engine.domain.customers.order_proof import OrderProof, is_proven
from promo_engine.domain.customers.orders import Order
from promo_engine.domain.customers.shop_orders import ShopOrder
from promo_engine.ports.shop.shop_file_reader import ReadOptions
from promo_engine.shops.file_readers import FILE_READERS
from promo_engine.shops.generic.generic_adapter import GenericAdapter
from promo_engine.shops.medusa.medusa_json import read_order as read_medusa
from promo_engine.shops.shopify.shopify_webhooks import read_webhook
from promo_engine.shops.woocommerce.woocommerce_json import read_order as read_woocommerce
from tests.unit.promo_engine.shops.shop_files import SHOPIFY_ORDERS
from tests.unit.promo_engine.shops.test_shopify_webhooks import ORDER as SHOPIFY_ORDER

ADDRESS, POSTCODE = "Ada@Example.com", "01067"
AT = "2026-03-01T11:00:00Z"
SOURCE = ConnectedSource(
    "blog",
    SourceKind.WOOCOMMERCE,
    frozenset(SourceScope),
    SourceSettings(currency="EUR"),
    token_hash="",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)
CANONICAL: dict[str, Any] = {
    "order_id": "7",
    "number": "#1001",
    "customer_id": None,
    "placed_at": AT,
    "currency": "EUR",
    "total_cents": 2500,
    "lines": [],
    "email": ADDRESS,
    "postcode": POSTCODE,
}


def of_shopify(_folder: Path) -> list[Any]:
    return list(read_webhook("orders/create", SHOPIFY_ORDER, currency="EUR"))


def of_a_shopify_file(folder: Path) -> list[Any]:
    rows = list(csv.DictReader(StringIO(SHOPIFY_ORDERS)))
    rows[0]["Shipping Zip"] = f"'{POSTCODE}"
    file = folder / "orders.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return list(FILE_READERS["shopify-orders"].read(file, ReadOptions()))


def of_woocommerce(_folder: Path) -> list[Any]:
    order = {
        "id": 7,
        "number": "1001",
        "status": "processing",
        "currency": "EUR",
        "total": "25.00",
        "date_created_gmt": "2026-03-01T11:00:00",
        "billing": {"email": ADDRESS, "postcode": POSTCODE},
        "shipping": {"postcode": ""},
    }
    return list(read_woocommerce(order, SOURCE))


def of_medusa(_folder: Path) -> list[Any]:
    order = {
        "id": "order_7",
        "display_id": 1001,
        "email": ADDRESS,
        "currency_code": "eur",
        "created_at": AT,
        "updated_at": AT,
        "total": 25,
        "shipping_address": {"postal_code": POSTCODE, "first_name": "Ada"},
    }
    return list(read_medusa(order))


def of_a_table(folder: Path) -> list[Any]:
    file = folder / "sales.csv"
    file.write_text(f"no,at,sum,what,mail,plz\n1001,{AT},25.00,Mug,{ADDRESS},{POSTCODE}\n")
    fields = {
        "order_id": "no",
        "placed_at": "at",
        "line_price": "sum",
        "title": "what",
        "quantity": {"constant": "1"},
        "email": "mail",
        "postcode": "plz",
    }
    mapping = {"kind": "order-lines", "fields": fields}
    return list(FILE_READERS["generic"].read(file, ReadOptions(currency="EUR", mapping=mapping)))


def of_the_write_api(_folder: Path) -> list[Any]:
    return [order_from_json(CANONICAL)]


@pytest.mark.parametrize(
    "orders", [of_shopify, of_a_shopify_file, of_woocommerce, of_medusa, of_a_table, of_the_write_api]
)
def test_address_and_postcode_prove_an_order(orders: Callable[[Path], list[Any]], tmp_path: Path) -> None:
    order = next(found for found in orders(tmp_path) if isinstance(found, ShopOrder))
    stored = Order(
        order.order_id,
        order.customer_id or "",
        order.placed_at,
        order.total_cents,
        number=order.number,
        email_hash=order.email_hash,
        postcode_hash=order.postcode_hash,
    )
    assert is_proven(stored, OrderProof(email=" ada@example.com"))
    assert is_proven(stored, OrderProof(postcode="01 067"))
    assert not is_proven(stored, OrderProof(email="ben@example.com", postcode="01068"))
    assert "ada" not in repr(order).lower()
    assert POSTCODE not in repr(order)


class NobodyIsAsked:
    async def get(self, url: str, *, query: Any, headers: Any) -> tuple[Any, Any]:
        raise AssertionError(url)


async def test_a_signed_message_of_any_shop_proves_its_order_too() -> None:
    (order,) = await GenericAdapter().read("order", {"data": CANONICAL}, SOURCE, SourceSecrets(), NobodyIsAsked())
    assert isinstance(order, ShopOrder)
    assert order.email_hash and order.postcode_hash
    assert order.customer_id == f"email:{order.email_hash[:48]}"


@pytest.mark.parametrize("name", ["email", "postcode"])
def test_what_is_no_address_is_refused_by_its_name(name: str) -> None:
    for wrong in (7, ["a"], "x" * 321):
        with pytest.raises(ShopItemError) as refused:
            order_from_json(CANONICAL | {name: wrong})
        assert refused.value.field == name
