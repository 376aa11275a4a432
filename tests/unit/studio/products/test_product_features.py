from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from studio.errors import TooLittleHistory, UnknownThing
from studio.products.product_features import learn_space, own_category_share, parse_size, product_table


@pytest.mark.parametrize(
    ("text", "size"),
    [("16 OZ", (453.6, "g")), ("2 L", (2000.0, "ml")), (".5 GAL", (1892.5, "ml")), ("12 CT", (12.0, "piece")),
     ("", None), ("JUMBO", None), ("3 X", None)],
)  # fmt: skip
def test_sizes(text: str, size: tuple[float, str] | None) -> None:
    found = parse_size(text)
    assert (found is None) == (size is None)
    if found is not None and size is not None:
        assert found[0] == pytest.approx(size[0])
        assert found[1] == size[1]


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ten kinds of meals, each of four products; pasta takes one of two sauces, and red wine every second time."""
    generator = np.random.default_rng(6)
    rows = []
    for basket in range(3_000):
        meal = basket % 10
        dish = [f"m{meal}-{part}" for part in generator.choice(4, 2, replace=False)]
        if meal == 0:
            dish += [f"sauce-{generator.integers(2)}", *(["wine"] if generator.random() < 0.5 else [])]
        rows += [(f"b{basket}", name) for name in dish]
    lines = pd.DataFrame(rows, columns=["basket_id", "product_id"])
    price = lines["product_id"].map({"m0-0": 100, "m0-1": 200, "m0-2": 300, "m0-3": 400}).fillna(150).astype(int)
    lines = lines.assign(customer_id="h" + lines["basket_id"].str[-2:], quantity=1, sales_cents=price, discount_cents=0)
    names = sorted(lines["product_id"].unique())
    kinds = [name.split("-")[0] for name in names]
    products = pd.DataFrame({"product_id": names, "category": kinds, "product_type": kinds}).assign(
        department="D", brand="National", package_size="16 OZ"
    )
    return lines, products


def test_the_company_of_products_tells_their_kind(shop: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    space = learn_space(*shop)
    ours, chance = own_category_share(space, nearest=3)
    assert ours > 0.85
    assert chance < 0.15
    assert set(space.substitutes("sauce-0").index) == {"sauce-1"}
    # Sauces never meet, so the lift of one for the other is nothing.
    assert space.substitutes("sauce-0")["lift"].tolist() == [0.0]
    assert set(space.complements("wine", 6)["category"]) == {"m0", "sauce"}
    # The same baskets of one customer are a habit, not a rule.
    alone = learn_space(shop[0].assign(customer_id="h"), shop[1])
    assert alone.complements("wine").empty
    assert space.complements("m3-1").empty, "nothing of another category is ever with it"


def test_price_tiers_are_thirds_of_the_category(shop: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    table = product_table(*shop)
    assert table.loc[["m0-0", "m0-1", "m0-2", "m0-3"], "tier"].tolist() == ["low", "middle", "high", "high"]
    assert table.loc["wine", "tier"] == "middle"
    assert table.loc["m0-0", "unit_price_cents"] == pytest.approx(100 / 4.536)


def test_rare_products_are_refused(shop: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    lines, products = shop
    with pytest.raises(UnknownThing, match="'caviar'"):
        learn_space(lines, products).neighbours("caviar")
    with pytest.raises(TooLittleHistory):
        product_table(lines.head(40), products)
    with pytest.raises(TooLittleHistory, match="at least 33"):
        learn_space(lines[lines["product_id"].str.startswith("m0")], products)
