"""GET /v1/pairings over HTTP, with a file beside the small shop."""

from __future__ import annotations

import pytest

from promo_engine.domain.catalogue.bought_together import BoughtTogether
from promo_engine.settings import Settings
from tests.support.api_client import ApiClient


@pytest.mark.parametrize(
    ("query", "basis", "found"),
    [
        ("product_id=p-0", "product", ["p-3", "p-2"]),
        ("product_id=p-0&limit=1", "product", ["p-3"]),
        ("product_id=p-1", "product", []),
        ("category=SOFT DRINKS&word=cola", "category", ["p-3", "p-2"]),
        ("category=BABY FOODS", "category", []),
        ("offer_id=soft-drinks-15", "offer", ["p-3", "p-2"]),
        ("customer_id=anna", "order", ["p-3", "p-2"]),
        ("customer_id=anna&new=true", "customer", ["p-2"]),
        ("customer_id=ben", "customer", ["p-3"]),
        ("customer_id=nobody", "order", []),
    ],
)
async def test_finds_what_goes_with_it(
    client: ApiClient, learned: BoughtTogether, query: str, basis: str, found: list[str]
) -> None:
    answer = await (await client.get(f"/v1/pairings?{query}")).json()
    assert (answer["basis"], [product["product_id"] for product in answer["products"]]) == (basis, found)


async def test_products_are_named_and_priced_as_on_the_price_list(client: ApiClient, learned: BoughtTogether) -> None:
    (cola,) = (await (await client.get("/v1/pairings?product_id=p-2")).json())["products"]
    # What the file says of the product is what it was when the file was made: 999 cents, and another brand.
    assert cola == {
        "product_id": "p-0", "name": "soft drinks", "category": "soft drinks", "brand": "", "price_cents": 150,
        "highest_cents": 150, "variant_id": "p-0-v", "in_stock": True, "url": "", "image_url": "", "times": 2.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "nothing_to_pair"),
        ("product_id=caviar", 404, "unknown_product"),
        ("category=CAVIAR", 404, "unknown_category"),
        ("offer_id=caviar", 404, "unknown_offer"),
        ("category=COFFEE&limit=0", 400, "invalid_request"),
    ],
)
async def test_what_cannot_be_answered_is_refused(
    client: ApiClient, learned: BoughtTogether, query: str, status: int, code: str
) -> None:
    response = await client.get(f"/v1/pairings?{query}")
    assert (response.status, (await response.json())["code"]) == (status, code)


async def test_the_engine_runs_without_the_file_and_reads_one_that_comes_later(
    client: ApiClient, settings: Settings, request: pytest.FixtureRequest
) -> None:
    response = await client.get("/v1/pairings?product_id=p-0")
    assert (response.status, (await response.json())["code"]) == (404, "no_pairings")
    assert (await client.get("/ready")).status in (200, 503)
    request.getfixturevalue("learned")
    assert (await client.get("/v1/pairings?product_id=p-0")).status == 200
    settings.pairings.write_text("{")
    response = await client.get("/v1/pairings?product_id=p-0")
    assert (response.status, (await response.json())["code"]) == (404, "no_pairings")
