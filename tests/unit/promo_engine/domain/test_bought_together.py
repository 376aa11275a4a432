from datetime import UTC, datetime

import pytest

from promo_engine.domain.catalogue.bought_together import BoughtTogether, LearnedProduct


def product(product_id: str, kind: str, *, category: str = "FOOD", sold: int = 10, cents: int = 199) -> LearnedProduct:
    return LearnedProduct(product_id, 0, category, kind, "16 OZ", None, cents, sold)


def some_bought_together() -> BoughtTogether:
    products = [
        product("s1", "STRAWBERRIES", category="BERRIES", sold=90),
        product("s2", "STRAWBERRIES", category="BERRIES", sold=10),
        product("b1", "BLUEBERRIES", category="BERRIES", sold=50),
        product("cake", "ANGEL CAKE", category="CAKES", sold=30),
        product("cream", "WHIPPED TOPPING", category="DAIRY", sold=20),
        product("cream2", "WHIPPED TOPPING", category="DAIRY", sold=5),
        product("milk", "FLUID MILK", category="DAIRY", sold=99),
    ]
    return BoughtTogether(
        learned_at=datetime(2026, 11, 22, tzinfo=UTC),
        products={item.product_id: item for item in products},
        also_bought={
            "s1": [("cream", 6.0), ("cake", 3.0)],
            "s2": [("cake", 9.0), ("cream2", 8.0)],
            "b1": [("milk", 2.0)],
            "cake": [("s1", 5.0), ("s2", 4.0)],
        },
        suggestions={"anna": ["cake", "milk"]},
    )


EVERY = some_bought_together().products


@pytest.mark.parametrize(
    ("category", "word", "meant"),
    [
        ("BERRIES", "strawberry", ["s1", "s2"]),
        ("BERRIES", "blueberries", ["b1"]),
        ("BERRIES", "gooseberry", ["s1", "s2", "b1"]),
        ("BERRIES", None, ["s1", "s2", "b1"]),
        ("CAVIAR", None, []),
    ],
)
def test_a_shoppers_word_finds_the_products_it_means(category: str, word: str | None, meant: list[str]) -> None:
    assert some_bought_together().meant_by(category, word) == meant


def test_what_goes_with_several_products_is_weighed_by_what_they_sell_and_comes_once_a_type() -> None:
    found = some_bought_together().with_products(["s1", "s2", "unknown"], among=EVERY, limit=4)
    # cream: 0.9 * 6, cake: 0.9 * 3 + 0.1 * 9; the second kind of cream is a type that is listed already.
    assert [(item.product.product_id, item.lift) for item in found] == [("cream", 6.0), ("cake", 9.0)]
    assert [
        with_product.product.product_id
        for with_product in some_bought_together().with_products(["cake"], among=EVERY, limit=4)
    ] == ["s1"]
    assert some_bought_together().with_products(["milk"], among=EVERY, limit=4) == []


def test_suggestions_are_the_customers_own() -> None:
    assert [
        some_answer.product.product_id
        for some_answer in some_bought_together().for_customer("anna", among=EVERY, limit=1)
    ] == ["cake"]
    assert some_bought_together().for_customer("ben", among=EVERY, limit=3) == []


def test_what_cannot_be_bought_now_leaves_its_place_to_the_next_of_its_type() -> None:
    there = {"cake", "cream2", "milk"}
    found = some_bought_together().with_products(["s1", "s2"], among=there, limit=4)
    assert [item.product.product_id for item in found] == ["cake", "cream2"]
    assert some_bought_together().for_customer("anna", among={"milk"}, limit=1)[0].product.product_id == "milk"
