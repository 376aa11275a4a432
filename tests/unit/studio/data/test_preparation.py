from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from studio.data.feature_store import FeatureStore, category_features, household_features, month_starts
from studio.data.preparation import clean_lines, find_faults
from studio.data.sales_history import SalesHistory
from studio.errors import StrategyError, TooLittleHistory
from tests.support.small_history import small_history

MAY = pd.Timestamp("2017-05-01")


def spoiled_lines() -> pd.DataFrame:
    """24 good lines of milk, then one of each fault."""
    rows = [(f"b{day}", "h1", "milk", f"2017-03-{day:02} 15:00", 199) for day in range(1, 25)]
    lines = small_history(rows).lines
    faults = {
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
    assert {one.rule: one.rows for one in cleaned.log} == {
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
    assert [one.rows for one in again.log if one.rule not in ("odd price", "measured quantity")] == [0] * 5
    pd.testing.assert_frame_equal(again.lines, once.lines)


def test_the_real_data_have_the_faults_that_are_known(real_history: SalesHistory) -> None:
    found = {(one.table, one.check): one.rows for one in find_faults(real_history)}
    assert found["lines", "line twice in every column"] == 0
    assert found["lines", "coupon worth more than the sale"] == 3507
    assert found["days", "no sale at all"] == 1  # Christmas
    assert found["products", "no package size"] == 30586


def test_features_of_a_moment_do_not_change_when_later_lines_come(real_history: SalesHistory) -> None:
    some = real_history.lines[real_history.lines["household_id"].isin(["1", "900", "1228"])]
    until_may = some[some["bought_at"] < MAY]
    for features in (household_features, category_features):
        pd.testing.assert_frame_equal(features(some, MAY), features(until_may, MAY))
    later = household_features(some, MAY + pd.Timedelta(days=60))
    assert not later.equals(household_features(some, MAY))


def test_features_of_a_household_by_hand() -> None:
    rows = [
        ("b1", "h1", "milk", "2017-03-01 15:00", 200),
        ("b1", "h1", "bread", "2017-03-01 15:00", 100),
        ("b2", "h1", "milk", "2017-04-22 15:00", 300),
        ("b3", "h2", "milk", "2017-05-01 15:00", 300),
    ]
    table = household_features(small_history(rows).lines, MAY)
    assert table.index.tolist() == ["h1"], "who comes on the day itself is not known yet"
    one = table.loc["h1"]
    assert one["recency_days"] == pytest.approx(8.54, abs=0.05)
    assert (one["baskets_28"], one["baskets_91"], one["sales_cents_91"]) == (1, 2, 600)
    assert one["basket_cents"] == 300
    assert one["weekend_share"] == pytest.approx(1 / 3)
    with pytest.raises(TooLittleHistory):
        household_features(small_history(rows).lines, pd.Timestamp("2017-01-01"))


def test_the_store_joins_what_was_known_at_each_moment(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    for month, value in ((3, 1.0), (5, 2.0)):
        at = pd.Timestamp(2017, month, 1)
        store.write("household", pd.DataFrame({"x": [value]}, index=pd.Index(["h1"], name="household_id")), at)
    days = pd.to_datetime(["2017-02-01", "2017-04-30 23:59", "2017-05-01", "2017-05-02"], format="ISO8601")
    asked = pd.DataFrame({"household_id": ["h1", "h1", "h1", "h9"], "when": days}, index=[7, 3, 5, 1])
    joined = store.join("household", asked, key="household_id", moment="when")
    assert joined.index.tolist() == [7, 3, 5, 1]
    assert joined["x"].fillna(-1).tolist() == [-1, 1.0, 2.0, -1]
    assert (joined["known_at"].dropna() <= joined.loc[joined["known_at"].notna(), "when"]).all()
    with pytest.raises(StrategyError, match="2017-02-01 or before"):
        store.read("household", pd.Timestamp("2017-02-01"))
    with pytest.raises(StrategyError, match="whole days"):
        store.write("household", pd.DataFrame(), pd.Timestamp("2017-02-01 10:00"))


def test_moments_are_months_and_the_day_after_the_last_sale(real_history: SalesHistory) -> None:
    moments = month_starts(real_history.lines)
    assert moments[0] == pd.Timestamp("2017-02-01")
    assert moments[-1] == pd.Timestamp("2018-01-01")
