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
    ]
)


@pytest.mark.parametrize(
    ("text", "category", "found"),
    [
        ("how much is the Ridge 2 tent?", None, ["t-2"]),
        ("what do your tents cost", None, ["t-2", "t-4", "pegs"]),
        ("what do your tents cost", "Tents", ["t-2", "t-4"]),
        ("mugs", None, ["mug"]),
        ("is there a page with grand pianos", None, []),
        ("show me bivouacs", "Tents", ["t-2", "t-4"]),
        ("", None, []),
    ],
)
def test_the_rarest_words_decide(text: str, category: str | None, found: list[str]) -> None:
    assert [product.product_id for product in INDEX.find(text, category=category, limit=3)] == found
