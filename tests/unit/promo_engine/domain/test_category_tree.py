from __future__ import annotations

import pytest

from promo_engine.domain.catalogue.category_tree import CategoryTree

TREE = CategoryTree({0: None, 1: 0, 2: 1, 3: None, 4: 99}, inactive=frozenset({3}))
"""2 below 1 below 0; 3 alone and inactive; the parent of 4 is missing."""


def test_the_way_up_ends_at_the_top_at_a_missing_parent_and_in_a_circle() -> None:
    assert list(TREE.path(2)) == [2, 1, 0]
    assert list(TREE.path(4)) == [4]
    assert list(TREE.path(99)) == []
    assert list(CategoryTree({0: 1, 1: 0}).path(0)) == [0, 1]


@pytest.mark.parametrize(("category", "nearest"), [(2, 2), (1, 0), (3, None), (4, None), (77, None)])
def test_the_nearest_known_category_on_the_way_up(category: int, nearest: int | None) -> None:
    assert TREE.nearest(category, {0, 2}) == nearest


def test_who_bought_from_a_category_bought_from_those_above_it() -> None:
    assert TREE.with_above(frozenset({2, 4})) == {2, 1, 0, 4}
    assert TREE.with_above(frozenset({77})) == {77}, "one that is not in the tree stays"
    assert CategoryTree.flat(3).with_above(frozenset({1})) == {1}


def test_levels_count_from_the_top() -> None:
    assert TREE.down_to(1) == (0, 3, 4)
    assert TREE.down_to(2) == (0, 1, 3, 4)
    assert TREE.down_to(9) == (0, 1, 2, 3, 4)


@pytest.mark.parametrize(("leaves", "level"), [(298, 2), (299, 2), (300, 1), (2000, 1)])
def test_a_model_reads_the_deepest_level_with_at_most_300_categories(leaves: int, level: int) -> None:
    tree = CategoryTree({0: None} | {number: 0 for number in range(1, leaves + 1)})
    assert tree.model_level() == level


def test_a_flat_shop_with_more_is_read_as_it_is() -> None:
    assert CategoryTree.flat(302).model_level() == 1
    assert CategoryTree.flat(0).model_level() == 1


def test_only_active_categories_wait() -> None:
    assert (TREE.size, TREE.added_after(1), TREE.added_after(4), TREE.added_after(-1)) == (5, 2, 0, 4)
