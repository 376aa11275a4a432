"""Names of goods from titles and the category tree."""

from __future__ import annotations

from promo_engine.domain.catalogue.product_words import NamedCategory, ProductWords, TitledProduct, product_words

TREE = [
    NamedCategory("w", "Women"),
    NamedCategory("m", "Men"),
    NamedCategory("c", "Clothing"),
    NamedCategory("wj", "Jackets", "w"),
    NamedCategory("mj", "Jackets", "m"),
    NamedCategory("camp", "Camping"),
    NamedCategory("tents", "Tents", "camp"),
    NamedCategory("mats", "Sleeping mats", "camp"),
]


def learned(*products: tuple[str, str | None]) -> ProductWords:
    titled = [TitledProduct(title, category_id, ("Kestrel", "XL", "moss green")) for title, category_id in products]
    return product_words(TREE, titled)


def test_the_last_words_of_several_titles_name_the_thing() -> None:
    words = learned(
        ("Kestrel Wansfell bivouac sack, moss green", "tents"),
        ("Kestrel Ullock 2 bivouac sack XL", "tents"),
        ("Kestrel Extremely Light Big Raven hammock", "camp"),
    )
    assert words.names["tents"] == ("bivouac sack", "sack", "ullock bivouac sack", "wansfell bivouac sack")
    assert "camp" not in words.names, "a single title may end in anything"


def test_a_whole_short_title_is_a_name_even_alone() -> None:
    assert learned(("Water Bottle", "camp")).names == {"camp": ("water bottle",)}


def test_a_name_of_several_categories_stands_for_their_common_parent() -> None:
    words = learned(("Big long red tarp", "tents"), ("A big wide tarp", "mats"), ("One more big tarp", "tents"))
    assert words.names["camp"] == ("tarp",)


def test_a_name_of_unrelated_categories_is_no_name() -> None:
    assert learned(("Very good long thing", "tents"), ("Quite a long thing", "wj")).names == {}


def test_a_slip_of_one_product_in_many_counts_nothing() -> None:
    right = [(f"Rather good tarp number {letter} tarp", "tents") for letter in "abcdefghijk"]
    words = learned(*right, ("Rather good wool tarp", "wj"))
    assert "tarp" in words.names["tents"]


def test_labels_that_two_categories_share_are_told_apart_and_mean_their_parent_if_there_is_one() -> None:
    words = learned()
    assert (words.labels["wj"], words.labels["mj"]) == ("women jackets", "men jackets")
    assert words.names == {}, "women and men have no parent: jackets alone is nothing"
    below = [
        NamedCategory(c.category_id, c.label, c.parent_id or ("c" if c.label in ("Women", "Men") else None))
        for c in TREE
    ]
    assert product_words(below, []).names == {"c": ("jackets",)}


def test_labels_are_not_learned_again_and_products_without_a_category_teach_nothing() -> None:
    words = learned(("Tent", "tents"), ("Tents", "tents"), ("Spork", None))
    assert words.names == {}
    assert set(words.labels) == {category.category_id for category in TREE}


def test_a_circle_of_parents_does_not_hang() -> None:
    circle = [NamedCategory("a", "One", "b"), NamedCategory("b", "Two", "a")]
    assert set(product_words(circle, [TitledProduct("Spork", "a")]).labels) == {"a", "b"}
