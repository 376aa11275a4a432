from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from studio.errors import TooLittleHistory
from studio.products.mine_bought_together import learn_bought_together
from studio.products.product_features import learn_space

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CATEGORIES = pd.DataFrame(
    [(7, "Tobacco > Cigarettes", "CIGARETTES"), (3, "FILLER", "FILLER"), (1, "PASTA", "PASTA"), (2, "SAUCE", "SAUCE")],
    columns=["category_number", "stored_name", "category"],
)


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who buys pasta takes sauce, and often cigarettes; forty other products are in baskets at random."""
    generator = np.random.default_rng(4)
    rows = []
    for basket in range(2_500):
        names = [f"f{number}" for number in generator.choice(40, 3, replace=False)]
        if basket % 5 == 0:
            names += ["pasta", f"sauce-{generator.integers(2)}", "smoke"]
        day = pd.Timestamp("2017-01-01") + pd.Timedelta(days=basket // 25)
        rows += [(f"b{basket}", f"h{basket % 50}", name, day) for name in names]
    lines = pd.DataFrame(rows, columns=["basket_id", "customer_id", "product_id", "day"])
    old = lines["product_id"].eq("sauce-1") & (lines["day"] >= "2017-03-01")
    lines = lines[~old].assign(
        bought_at=lambda frame: frame["day"], quantity=2, pieces=2, sales_cents=300, discount_cents=98
    )
    kind = {"f": ("FILLER", "THING"), "p": ("PASTA", "SPAGHETTI"), "s": ("SAUCE", "PASTA SAUCE")}
    names = sorted(lines["product_id"].unique())
    kinds = [("CIGARETTES", "SMOKES") if name == "smoke" else kind[name[0]] for name in names]
    products = pd.DataFrame({"product_id": names, "category": [kind for kind, _ in kinds]}).assign(
        product_type=[kind for _, kind in kinds], department="D", brand="", package_size="16 OZ"
    )
    return lines, products


def test_what_sells_is_listed_with_its_latest_price_and_what_goes_with_it(
    shop: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    lines, products = shop
    space = learn_space(lines, products)
    found = learn_bought_together(
        lines, space, categories=CATEGORIES, not_recommended=["CIGARETTES"], customers=False, now=NOW
    )
    assert found.products["pasta"].price_cents == 199
    assert found.products["pasta"].category_id == 1
    assert "sauce-1" not in found.products, "it is sold no longer"
    assert "smoke" not in found.products, "tobacco is not recommended"
    with_pasta = found.with_products(["pasta"], among=found.products, limit=4)
    assert [also.product.product_id for also in with_pasta] == ["sauce-0"]
    assert found.suggestions == {}
    sold = [product.sold for product in found.products.values()]
    assert sold == sorted(sold, reverse=True)


def test_suggestions_are_new_to_the_customer_and_one_of_each_type(shop: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    lines, products = shop
    own = products.assign(product_type=products["product_id"])
    lines = lines[~(lines["customer_id"].eq("h0") & lines["product_id"].isin(["f1", "f2", "pasta"]))]
    found = learn_bought_together(
        lines, learn_space(lines, own), categories=CATEGORIES, not_recommended=["CIGARETTES"], customers=True, now=NOW
    )
    assert len(found.suggestions) == 50
    bought = lines.groupby("customer_id")["product_id"].agg(set)
    for customer, listed in found.suggestions.items():
        assert not bought[customer] & set(listed)
        assert set(listed) <= found.products.keys()
    assert {"f1", "f2", "pasta"} <= set(found.suggestions["h0"])


def test_a_shop_that_stopped_selling_teaches_nothing(shop: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    lines, products = shop
    space = learn_space(lines, products)
    with pytest.raises(TooLittleHistory, match="sold lately"):
        learn_bought_together(
            lines.assign(quantity=0),
            space,
            categories=CATEGORIES,
            not_recommended=["CIGARETTES"],
            customers=False,
            now=NOW,
        )
