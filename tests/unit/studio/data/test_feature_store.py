from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from studio.data.feature_store import FeatureStore, customer_features
from studio.errors import StrategyError, TooLittleHistory
from tests.support.small_history import small_history

MAY = pd.Timestamp("2017-05-01")


def test_features_of_a_customer_by_hand() -> None:
    rows = [
        ("b1", "h1", "milk", "2017-03-01 15:00", 200),
        ("b1", "h1", "bread", "2017-03-01 15:00", 100),
        ("b2", "h1", "milk", "2017-04-22 15:00", 300),
        ("b3", "h2", "milk", "2017-05-01 15:00", 300),
    ]
    table = customer_features(small_history(rows).lines, MAY)
    assert table.index.tolist() == ["h1"], "who comes on the day itself is not known yet"
    customer = table.loc["h1"]
    assert customer["recency_days"] == pytest.approx(8.54, abs=0.05)
    assert (customer["baskets_28"], customer["baskets_91"], customer["sales_cents_91"]) == (1, 2, 600)
    assert customer["basket_cents"] == 300
    assert customer["weekend_share"] == pytest.approx(1 / 3)
    with pytest.raises(TooLittleHistory):
        customer_features(small_history(rows).lines, pd.Timestamp("2017-01-01"))


def test_the_store_joins_what_was_known_at_each_moment(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    for month, value in ((3, 1.0), (5, 2.0)):
        at = pd.Timestamp(2017, month, 1)
        store.write("customer", pd.DataFrame({"x": [value]}, index=pd.Index(["h1"], name="customer_id")), at)
    days = pd.to_datetime(["2017-02-01", "2017-04-30 23:59", "2017-05-01", "2017-05-02"], format="ISO8601")
    wanted = pd.DataFrame({"customer_id": ["h1", "h1", "h1", "h9"], "when": days}, index=[7, 3, 5, 1])
    joined = store.join("customer", wanted, key="customer_id", moment="when")
    assert joined.index.tolist() == [7, 3, 5, 1]
    assert joined["x"].fillna(-1).tolist() == [-1, 1.0, 2.0, -1]
    assert (joined["known_at"].dropna() <= joined.loc[joined["known_at"].notna(), "when"]).all()
    with pytest.raises(StrategyError, match="2017-02-01 or before"):
        store.read("customer", pd.Timestamp("2017-02-01"))
    with pytest.raises(StrategyError, match="whole days"):
        store.write("customer", pd.DataFrame(), pd.Timestamp("2017-02-01 10:00"))
