"""Canonical items come back equal from their JSON, and what is wrong is named by its path."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest

from promo_engine.codecs.shop_item_codec import content_hash, item_from_json, item_schema, item_to_json
from promo_engine.domain.catalogue.shop_catalogue import ShopItemError, ShopProduct
from promo_engine.domain.customers.shop_orders import ShopOrder
from promo_engine.shops.trail_and_tarn.simulation import Simulation, SimulationSettings

PRODUCT: dict[str, Any] = {
    "product_id": "tent",
    "title": "Tent",
    "variants": [{"variant_id": "tent-2", "prices": [{"currency": "EUR", "list_cents": 44900}]}],
}


def test_every_item_of_a_shop_comes_back_equal() -> None:
    items = list(islice(Simulation(SimulationSettings(customers=40)).items(), 600))
    for item in items:
        assert item_from_json(type(item), item_to_json(item)) == item
    hashes = {content_hash(item) for item in items}
    assert len(hashes) == len(items)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"colour": "red"}, "colour", "Unexpected keyword argument"),
        ({"title": " "}, "title", "is missing"),
        ({"url": "javascript:alert(1)"}, "url", "an address starts with https://"),
        (
            {"variants": [{"variant_id": "a", "prices": [{"currency": "EUR", "list_cents": -1}]}]},
            "variants.0.prices.0.list_cents",
            "an amount lies between 0 and",
        ),
        (
            {"variants": [{"variant_id": "a", "prices": [{"currency": "XXX", "list_cents": 1}]}]},
            "variants.0.prices.0.currency",
            "is not the ISO 4217 code",
        ),
        ({"variants": [{"variant_id": "a"}, {"variant_id": "a"}]}, "variants", "the same id"),
        (
            {"variants": [{"variant_id": "a", "prices": [{"currency": "EUR", "list_cents": 10**16}]}]},
            "variants.0.prices.0.list_cents",
            "an amount lies between 0 and",
        ),
        ({"variants": "none"}, "variants", "should be a valid tuple"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(changes: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(ShopItemError, match=reason) as refused:
        item_from_json(ShopProduct, PRODUCT | changes)
    assert refused.value.field == field


def test_a_time_without_a_zone_is_refused() -> None:
    order: dict[str, Any] = {
        "order_id": "1",
        "number": "1",
        "customer_id": None,
        "placed_at": "2026-03-01T12:00:00",
        "currency": "EUR",
        "total_cents": 1,
        "lines": [],
    }
    with pytest.raises(ShopItemError, match="needs a zone"):
        item_from_json(ShopOrder, order)
    found = item_from_json(ShopOrder, order | {"placed_at": "2026-03-01T12:00:00Z"})
    assert found.placed_at == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_schema_names_every_field() -> None:
    schema = item_schema(ShopProduct)
    assert set(schema["properties"]) == set(ShopProduct.__dataclass_fields__)
    assert schema["additionalProperties"] is False
