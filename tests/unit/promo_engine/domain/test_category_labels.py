from promo_engine.domain.catalogue.category_labels import CategoryNode, category_labels


def labels(*nodes: CategoryNode) -> dict[int, str]:
    return {number: label for number, (_, label) in category_labels(nodes).items()}


def test_a_category_is_called_by_its_name_in_the_locale_else_by_the_last_step_of_its_path() -> None:
    named = CategoryNode(1, "Camping > Tents", {"en": "Tents and tarps", "de": "Zelte"}, 0)
    unnamed = CategoryNode(2, "Camping > Stoves", {"de": "Kocher"}, 0)
    flat = CategoryNode(3, "A > B", {}, None)
    assert labels(named, unnamed, flat) == {1: "Tents and tarps", 2: "Stoves", 3: "A > B"}


def test_categories_that_would_be_called_alike_keep_their_whole_names() -> None:
    women = CategoryNode(1, "Women > Jackets", {}, 0)
    men = CategoryNode(2, "Men > Jackets", {}, 0)
    root = CategoryNode(3, "Shoes", {}, None)
    below = CategoryNode(4, "Women > Shoes", {}, 0)
    assert labels(women, men, root, below) == {1: "Women > Jackets", 2: "Men > Jackets", 3: "Shoes", 4: "Women > Shoes"}
