from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from studio.errors import TooLittleHistory
from studio.recommend.basket_log import read_log
from studio.recommend.ranking import next_baskets, only_new, quality

START = pd.Timestamp("2017-01-02")
PRODUCTS = 60
KINDS = 3


def baskets_of_three_kinds() -> pd.DataFrame:
    """100 customers of three kinds; each buys products of its own kind."""
    generator = np.random.default_rng(11)
    rows = []
    for customer in range(100):
        kind = customer % KINDS
        for week in range(16):
            basket = generator.choice(20, 4, replace=False)
            when = START + pd.Timedelta(days=7 * week + customer % 7, hours=15)
            rows += [(f"b{customer}-{week}", f"h{customer}", f"p{kind * 20 + number:03}", when) for number in basket]
    return pd.DataFrame(rows, columns=["basket_id", "customer_id", "product_id", "bought_at"])


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return baskets_of_three_kinds()


def test_new_products_and_quality_by_hand(lines: pd.DataFrame) -> None:
    log = read_log(lines[lines["bought_at"] < START + pd.Timedelta(days=70)])
    cases = next_baskets(lines, log, start=START + pd.Timedelta(days=70), end=START + pd.Timedelta(days=98))
    known = log.counts()
    for customer, bought in zip(*[vars(only_new(cases, log))[name] for name in ("customers", "bought")], strict=True):
        assert known[[customer]].toarray()[0, bought].sum() == 0
    recall, ndcg, hit = quality(np.array([[3.0, 2.0, 1.0, 0.0]]), [np.array([1, 3])], depth=2)[0]
    assert (recall, hit) == (0.5, 1.0)
    assert ndcg == pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)))


def test_too_few_baskets_are_refused(lines: pd.DataFrame) -> None:
    with pytest.raises(TooLittleHistory, match="at least 500"):
        read_log(lines.head(300), pd.Index(sorted(lines["product_id"].unique())))
