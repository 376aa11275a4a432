from __future__ import annotations

from typing import Any

import pandas as pd

from studio.data.preparation import clean_lines
from tests.support.small_history import small_history


def spoiled_lines() -> pd.DataFrame:
    """24 good lines of milk, then one of each fault."""
    rows = [(f"b{day}", "h1", "milk", f"2017-03-{day:02} 15:00", 199) for day in range(1, 25)]
    lines = small_history(rows).lines
    faults: dict[str, dict[str, Any]] = {
        "twice": {},
        "negative": {"sales_cents": -5},
        "empty": {"quantity": 0, "sales_cents": 0},
        "unpaid": {"quantity": 0},
        "coupon": {"coupon_cents": 250},
        "odd": {"sales_cents": 19_900},
        "petrol": {"product_id": "petrol", "quantity": 9_000},
    }
    added = [
        lines.iloc[[0]].assign(**({"basket_id": name} if name != "twice" else {}) | change)
        for name, change in faults.items()
    ]
    return pd.concat([lines, *added], ignore_index=True)


def test_each_fault_is_found_mended_and_logged_once() -> None:
    cleaned = clean_lines(spoiled_lines())
    assert {change.rule: change.rows for change in cleaned.log} == {
        "duplicates": 1,
        "negative values": 1,
        "empty lines": 1,
        "quantity 0, but paid": 1,
        "coupon above the sale": 1,
        "measured quantity": 1,
        "odd price": 1,
    }
    kept = cleaned.lines.set_index("basket_id")
    assert kept.loc["unpaid", "quantity"] == 1
    assert kept.loc["coupon", "paid_cents"] == 0
    assert kept.loc["petrol", "pieces"] == 1
    assert kept.index[kept["odd_price"]].tolist() == ["odd"]
    assert (kept["paid_cents"] >= 0).all()


def test_cleaning_again_changes_nothing_and_the_given_lines_stay() -> None:
    given = spoiled_lines()
    before = given.copy()
    once = clean_lines(given)
    pd.testing.assert_frame_equal(given, before)
    again = clean_lines(once.lines[given.columns])
    assert [change.rows for change in again.log if change.rule not in ("odd price", "measured quantity")] == [0] * 5
    pd.testing.assert_frame_equal(again.lines, once.lines)
