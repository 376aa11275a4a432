from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from studio.customers.clustering import TRAITS, segment
from studio.errors import TooLittleHistory


def three_kinds(each: int = 60) -> pd.DataFrame:
    generator = np.random.default_rng(4)
    base = {name: 1.0 for name in TRAITS}
    kinds = [
        base | {"recency_days": 100.0, "baskets_91": 2.0, "basket_cents": 1_000.0},
        base | {"recency_days": 2.0, "baskets_91": 40.0, "basket_cents": 1_000.0},
        base | {"recency_days": 5.0, "baskets_91": 12.0, "basket_cents": 15_000.0, "coupon_lines": 30.0},
    ]
    rows = [
        {name: value * generator.lognormal(0, 0.1) for name, value in kind.items()}
        for kind in kinds
        for _ in range(each)
    ]
    return pd.DataFrame(rows, index=[f"h{row}" for row in range(3 * each)])


def test_three_kinds_of_customers_are_found_named_and_assigned_again() -> None:
    features = three_kinds()
    found = segment(features, sizes=range(2, 6))
    best = max(
        (trial for trial in found.tried if trial.method != "DBSCAN"),
        key=lambda trial: trial.silhouette * trial.stability,
    )
    assert best.groups == 3
    assert best.stability > 0.95
    assigned = found.assign(features)
    assert [assigned.iloc[start : start + 60].nunique() for start in (0, 60, 120)] == [1, 1, 1]
    assert assigned.nunique() == len(set(found.names)) == 3
    assert "long away" in assigned.iloc[0]
    # One customer alone can be assigned; a group cannot be learnt from them.
    assert found.assign(features.iloc[[70]]).tolist() == [assigned.iloc[70]]
    with pytest.raises(TooLittleHistory, match="1 customers are too few, at least 100"):
        segment(features.iloc[[0]])
