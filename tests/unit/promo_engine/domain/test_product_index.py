"""Products are found by what shoppers call them."""

from __future__ import annotations

import pytest

from promo_engine.domain.catalogue.listed_products import ListedProduct
from promo_engine.domain.catalogue.product_index import ProductIndex

INDEX = ProductIndex(
    [
        ListedProduct("t-2", "Ridge 2 tent", category="Tents", brand="Ridge"),
        ListedProduct("t-4", "Valley 4 tent", category="Tents", brand="Valley"),
        ListedProduct("bag", "Ridge sleeping bag", category="Sleeping bags", brand="Ridge"),
        ListedProduct("pegs", "Tent pegs", category="Tent accessories"),
        ListedProduct("mug", "Enamel mug", category="Kitchen"),
        ListedProduct("pan-1", "Trail pan", category="Kitchen", in_stock=False),
        ListedProduct("pan-2", "Stone pan", category="Kitchen"),
    ]
)


@pytest.mark.parametrize(
    ("text", "categories", "found"),
    [
        ("how much is the Ridge 2 tent?", [], ["t-2"]),
        ("what do your tents cost", [], ["t-2", "t-4", "pegs"]),
        ("what do your tents cost", ["Tents"], ["t-2", "t-4"]),
        ("mugs", [], ["mug"]),
        ("is there a page with grand pianos", [], []),
        ("show me bivouacs", ["Tents"], ["t-2", "t-4"]),
        ("", [], []),
        ("do you have tents", [], ["t-2", "t-4", "pegs"]),
        ("have you still got a mug in stock?", [], ["mug"]),
        ("i would like to see which tents you sell these days", ["Tents"], ["t-2", "t-4"]),
        ("what do you sell for cooking and sleeping", ["Kitchen", "Sleeping bags"], ["bag"]),
        ("got any pans", [], ["pan-2", "pan-1"]),  # what is sold out comes last
        ("is the trail pan available", [], ["pan-1"]),
        ("do you have this in stock", [], []),
        ("do you have oat milk", [], []),
    ],
)
def test_the_rarest_words_decide(text: str, categories: list[str], found: list[str]) -> None:
    assert [product.product_id for product in INDEX.find(text, categories=categories, limit=3)] == found
