from __future__ import annotations

import pandas as pd

from studio.customers.profiles import rfm, stages


def test_rfm_fifths_and_stages() -> None:
    table = pd.DataFrame(
        {
            "recency_days": [1.0, 2, 3, 4, 5],
            "baskets_364": [50.0, 40, 30, 20, 10],
            "sales_cents_364": [5.0, 5, 5, 5, 5],
            "churn": [0.0, 0.0, 0.0, 0.3, 0.9],
            "tenure_days": [300.0, 20, 300, 300, 300],
            "baskets_28": [4.0, 4, 10, 0, 0],
            "baskets_91": [13.0, 13, 13, 5, 0],
        }
    )
    assert rfm(table)["r"].tolist() == [5, 4, 3, 2, 1]
    assert rfm(table)["m"].nunique() == 1
    assert stages(table).tolist() == ["loyal", "new", "growing", "fading", "lost"]
