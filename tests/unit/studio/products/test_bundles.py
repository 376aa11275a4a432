from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from studio.products.bundles import find_bundles

CATEGORIES = ("CHIPS", "DIPS", "MILK")


def some_lines(*, customers: int) -> pd.DataFrame:
    """Who takes chips takes a dip with them; milk or bread is in every basket, whatever else there is."""
    generator = np.random.default_rng(9)
    rows = []
    for basket in range(400):
        names = [("chips", "CHIPS", 200), ("dip", "DIPS", 300)] if basket % 4 == 0 else [("nuts", "NUTS", 100)]
        names += [("milk", "MILK", 150)] if generator.random() < 0.5 else [("bread", "BREAD", 120)]
        rows += [(f"b{basket}", f"h{basket % customers}", *name) for name in names]
    lines = pd.DataFrame(rows, columns=["basket_id", "customer_id", "product_id", "category", "sales_cents"])
    return lines.assign(quantity=1, discount_cents=20)


def test_what_is_bought_together_makes_a_bundle() -> None:
    everything = (*CATEGORIES, "NUTS", "BREAD")
    found = find_bundles(some_lines(customers=40), {"chips": "POTATO CHIPS"}, everything, weeks=10)
    chips = found["CHIPS"]
    assert chips.product_ids == ("chips", "dip")
    assert chips.names == ("potato chips", "chips")
    assert chips.full_cents == 540
    assert chips.lift > 2
    assert chips.weekly_cents == pytest.approx(540 * 100 / 10)
    assert found["DIPS"].product_ids == ("dip", "chips")


def test_the_habit_of_a_few_customers_and_no_sales_make_none() -> None:
    assert find_bundles(some_lines(customers=4), {}, CATEGORIES, weeks=10) == {}
    assert find_bundles(some_lines(customers=40).head(0), {}, CATEGORIES, weeks=10) == {}
