from __future__ import annotations

import pandas as pd

from promo_engine.shops.completejourney.package_files import data_folder
from studio.data.feature_store import category_features, customer_features, month_starts
from studio.data.preparation import find_faults
from studio.data.sales_history import SalesHistory

MAY = pd.Timestamp("2017-05-01")


def test_the_real_data_have_the_faults_that_are_known(real_history: SalesHistory) -> None:
    found = {(find_fault.table, find_fault.check): find_fault.rows for find_fault in find_faults(real_history)}
    assert found["lines", "line twice in every column"] == 0
    assert found["lines", "coupon worth more than the sale"] == 3507
    assert found["days", "no sale at all"] == 1  # Christmas
    files = {
        name: pd.read_parquet(data_folder() / f"{name}.parquet") for name in ("products", "transactions", "coupons")
    }
    imported = {*files["transactions"]["product_id"], *files["coupons"]["product_id"]}
    known = files["products"].set_index("product_id")["package_size"]
    without = known[known.index.isin(imported)].isna().sum() + len(imported - set(known.index))
    assert found["products", "no package size"] == without


def test_features_of_a_moment_do_not_change_when_later_lines_come(real_history: SalesHistory) -> None:
    some = real_history.lines[real_history.lines["customer_id"].isin(["1", "900", "1228"])]
    until_may = some[some["bought_at"] < MAY]
    for features in (customer_features, category_features):
        pd.testing.assert_frame_equal(features(some, MAY), features(until_may, MAY))
    later = customer_features(some, MAY + pd.Timedelta(days=60))
    assert not later.equals(customer_features(some, MAY))


def test_moments_are_months_and_the_day_after_the_last_sale(real_history: SalesHistory) -> None:
    moments = month_starts(real_history.lines)
    assert moments[0] == pd.Timestamp("2017-02-01")
    assert moments[-1] == pd.Timestamp("2018-01-01")
