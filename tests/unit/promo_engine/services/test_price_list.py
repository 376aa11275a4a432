"""Products and what an offer makes of their prices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from promo_engine.domain.benefits.buy_x_get_y import BuyAndGet
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.catalogue import listed_products
from promo_engine.domain.catalogue.listed_products import Example, ListedProduct
from promo_engine.domain.catalogue.shop_catalogue import (
    ListingStatus,
    ShopCategory,
    ShopPrice,
    ShopProduct,
    ShopStock,
    ShopVariant,
)
from promo_engine.domain.errors import NotFound
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.offers import Eligibility, Offer
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.catalogue import price_list as price_list_service
from promo_engine.services.catalogue.price_list import PriceList, best_of_categories
from promo_engine.services.catalogue.product_cache import ProductCache
from tests.support.fakes import Clock
from tests.support.small_shop import AUTUMN, NOW, offer


@pytest.fixture
def listed(storage: Storage, clock: Clock) -> PriceList:
    products = ProductCache(price_max_age=timedelta(hours=24), clock=clock)
    return PriceList(storage, products=products, currency=Currency("USD"), clock=clock)


async def test_what_sells_best_comes_first_at_the_price_the_shop_reported(listed: PriceList) -> None:
    products = await listed.products(per_category=3, limit=10)
    assert [(product.product_id, product.category, product.price_cents) for product in products] == [
        ("p-0", "SOFT DRINKS", 150),  # it is in three orders, the others in none
        ("p-1", "BABY FOODS", 299),
        ("p-2", "COFFEE", 799),
        ("p-3", "CHEESE", 450),
    ]


async def test_a_product_without_a_price_in_the_currency_is_shown_without_one(listed: PriceList) -> None:
    found = await listed.product("p-0", Currency("GBP"))
    assert (found.price_cents, found.in_stock, found.on_sale) == (None, True, False)


async def test_a_price_that_was_reported_too_long_ago_is_not_quoted(listed: PriceList, clock: Clock) -> None:
    clock.advance(timedelta(hours=24))
    assert (await listed.product("p-0")).price_cents == 150
    clock.advance(timedelta(minutes=10))
    found = await listed.product("p-0")
    assert (found.price_cents, found.on_sale) == (None, True)
    assert await listed.examples("soft-drinks-15", limit=3) == []


async def test_one_product_is_told_by_its_id(listed: PriceList) -> None:
    assert (await listed.product("p-0")).price_cents == 150
    with pytest.raises(NotFound) as refused:
        await listed.product("nothing")
    assert refused.value.code == "unknown_product"


def test_of_each_category_the_first_few_are_chosen_in_order() -> None:
    sold = [
        ListedProduct(f"p-{number}", "", category, price_cents=100)
        for number, category in enumerate([1, 1, 2, 1, 2, None, None, None])
    ]
    assert [best_of_category.product_id for best_of_category in best_of_categories(sold, per_category=2)] == [
        "p-0",
        "p-1",
        "p-2",
        "p-4",
        "p-5",  # nobody knows whether those without a category are alike
        "p-6",
        "p-7",
    ]


@pytest.mark.parametrize(
    ("changes", "priced"),
    [
        ({}, (1, 150, 128)),  # 15 % of 150 is 22.5, half a cent goes to the even neighbour
        ({"eligibility": Eligibility(min_basket_cents=400)}, (3, 450, 382)),
        ({"benefit": BuyAndGet(buy_quantity=2, get_quantity=1)}, (3, 450, 300)),
    ],
)
async def test_the_fewest_pieces_that_an_offer_takes_something_off(
    storage: Storage, listed: PriceList, changes: dict[str, Any], priced: tuple[int, int, int]
) -> None:
    async with storage.write() as unit:
        await unit.catalogue.store_offers(promotions=[AUTUMN], offers=[offer("soft-drinks-15", **changes)], at=NOW)
    [example] = await listed.examples("soft-drinks-15", limit=3)
    assert (example.quantity, example.before_cents, example.after_cents) == priced


async def test_an_offer_is_priced_once_a_while_and_anew_when_it_has_changed(
    storage: Storage, listed: PriceList, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced: list[str] = []

    def examples_of(offer: Offer, *values: Any, **more: Any) -> list[Example]:
        priced.append(offer.title)
        return listed_products.examples_of(offer, *values, **more)

    monkeypatch.setattr(price_list_service, "examples_of", examples_of)
    for title in ("one", "one", "two"):
        async with storage.write() as unit:
            changed = offer("soft-drinks-15", title=title)
            await unit.catalogue.store_offers(promotions=[AUTUMN], offers=[changed], at=NOW)
        assert len(await listed.examples("soft-drinks-15", limit=3)) == 1
    assert priced == ["one", "two"]
    clock.advance(timedelta(hours=2))
    await listed.examples("soft-drinks-15", limit=3)
    assert priced == ["one", "two", "two"]


async def test_an_offer_on_other_goods_or_on_everything_has_no_example(storage: Storage, listed: PriceList) -> None:
    everything = offer("all-5", category_ids=frozenset())
    other = offer("soap-5", scope=Scope(product_ids=frozenset({"p-odd"})))
    async with storage.write() as unit:
        await unit.catalogue.store_offers(promotions=[AUTUMN], offers=[everything, other], at=NOW)
    assert await listed.examples("soap-5", limit=3) == []
    assert await listed.examples("all-5", limit=3) == []
    with pytest.raises(NotFound):
        await listed.examples("nothing", limit=3)


TENTS = ShopCategory("Tents", {"en": "Tents"})
SALE: dict[str, Any] = {
    "sale_cents": 39_900,
    "sale_from": NOW + timedelta(hours=1),
    "sale_until": NOW + timedelta(hours=3),
}


def variant(variant_id: str, *prices: ShopPrice, pieces: int | None = None, backorder: bool = False) -> ShopVariant:
    return ShopVariant(variant_id, prices=prices, stock=ShopStock(pieces, backorder))


def tent(*variants: ShopVariant, **changes: Any) -> ShopProduct:
    values = {"brand": "Ridge", "url": "https://shop.example/tent", "image_url": "https://shop.example/tent.jpg"}
    return ShopProduct("tent", "Ridge 2 tent", variants, category_ids=("Tents",), **values | changes)


@pytest.fixture
def report(storage: Storage, clock: Clock) -> Callable[..., Awaitable[None]]:
    """Let a source report products."""

    async def once(*products: ShopProduct, source_id: str = "test") -> None:
        async with storage.write() as unit:
            await unit.shop.store_categories([TENTS])
            await unit.shop.store_products(products, source_id=source_id, at=clock())

    return once


Report = Callable[..., Awaitable[None]]


async def test_each_currency_has_its_own_price_and_none_is_made_of_another(listed: PriceList, report: Report) -> None:
    await report(tent(variant("t", ShopPrice("EUR", 44_900), ShopPrice("GBP", 38_900))))
    found = [await listed.product("tent", Currency(code)) for code in ("EUR", "GBP", "USD")]
    assert [product.price_cents for product in found] == [44_900, 38_900, None]
    shown = found[0]
    assert (shown.title, shown.brand, shown.url, shown.image_url, shown.variant_id, shown.category) == (
        "Ridge 2 tent", "Ridge", "https://shop.example/tent", "https://shop.example/tent.jpg", "t", "Tents",
    )  # fmt: skip


async def test_a_category_stands_for_those_under_it(listed: PriceList, report: Report, storage: Storage) -> None:
    await report(tent(variant("t", ShopPrice("EUR", 44_900))))
    camping = ShopCategory("Camping", {"en": "Camping"})
    async with storage.write() as unit:
        await unit.shop.store_categories([camping, replace(TENTS, parent_id="Camping")])

    async def found(words: str, category: str | None) -> list[str]:
        products = await listed.find(words, category=category, limit=3, currency=Currency("EUR"))
        return [product.product_id for product in products]

    for category in ("Camping", "Tents"):
        assert await found("what do you have for the night", category) == ["tent"]
    for other in (None, "SOFT DRINKS of another shop"):
        assert await found("what do you have for the night", other) == []


async def test_a_sale_begins_and_ends_by_the_clock(listed: PriceList, report: Report, clock: Clock) -> None:
    await report(tent(variant("t", ShopPrice("EUR", 44_900, **SALE))))
    prices = []
    for _ in range(4):
        prices.append((await listed.product("tent", Currency("EUR"))).price_cents)
        clock.advance(timedelta(hours=1))
    assert prices == [44_900, 39_900, 39_900, 44_900]


async def test_the_cheapest_variant_that_can_be_bought_gives_the_price(listed: PriceList, report: Report) -> None:
    small = variant("small", ShopPrice("EUR", 29_900), pieces=0)
    large, huge = variant("large", ShopPrice("EUR", 44_900), pieces=2), variant("huge", ShopPrice("EUR", 59_900))
    unpriced = variant("gift", ShopPrice("GBP", 100))
    await report(tent(small, huge, large, unpriced))
    found = await listed.product("tent", Currency("EUR"))
    assert (found.variant_id, found.price_cents, found.highest_cents, found.variant_count) == (
        "large", 44_900, 59_900, 2,
    )  # fmt: skip
    await report(tent(replace(small, stock=ShopStock(0, backorder=True)), huge, large))
    assert (await listed.product("tent", Currency("EUR"))).variant_id == "small"


async def test_what_is_sold_out_is_told_and_neither_listed_nor_priced_with_an_offer(
    storage: Storage, listed: PriceList, report: Report
) -> None:
    await report(tent(variant("t", ShopPrice("EUR", 44_900), pieces=0)))
    async with storage.write() as unit:
        on_tents = offer("tents-10", scope=Scope(product_ids=frozenset({"tent"})))
        await unit.catalogue.store_offers(promotions=[AUTUMN], offers=[on_tents], at=NOW)
    found = await listed.product("tent", Currency("EUR"))
    assert (found.price_cents, found.in_stock, found.on_sale) == (44_900, False, False)
    sold = await listed.products(per_category=9, limit=99, currency=Currency("EUR"))
    assert "tent" not in [product.product_id for product in sold]
    assert await listed.examples("tents-10", limit=3, currency=Currency("EUR")) == []
    await report(tent(variant("t", ShopPrice("EUR", 44_900), pieces=1)))
    [example] = await listed.examples("tents-10", limit=3, currency=Currency("EUR"))
    assert (example.before_cents, example.after_cents) == (44_900, 38_165)
    assert await listed.examples("tents-10", limit=3, currency=Currency("SEK")) == []


@pytest.mark.parametrize("status", [ListingStatus.DRAFT, ListingStatus.ARCHIVED])
async def test_what_the_shop_does_not_show_is_not_listed(
    listed: PriceList, report: Report, status: ListingStatus
) -> None:
    await report(tent(variant("t", ShopPrice("EUR", 44_900))))
    assert await listed.product("tent") is not None
    await report(tent(variant("t", ShopPrice("EUR", 44_900)), status=status))
    with pytest.raises(NotFound):
        await listed.product("tent")


@pytest.mark.parametrize(("source_id", "quoted"), [("test", None), ("trail-and-tarn", 44_900)])
async def test_an_unchanged_report_renews_a_price_and_a_demo_s_has_no_age(
    listed: PriceList, report: Report, clock: Clock, source_id: str, quoted: int | None
) -> None:
    same = tent(variant("t", ShopPrice("EUR", 44_900)))
    await report(same, source_id=source_id)
    for _ in range(3):
        clock.advance(timedelta(hours=20))
        await report(same)
        assert (await listed.product("tent", Currency("EUR"))).price_cents == 44_900
    clock.advance(timedelta(hours=25))
    assert (await listed.product("tent", Currency("EUR"))).price_cents == quoted
