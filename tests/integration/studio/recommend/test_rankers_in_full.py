from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from studio.recommend.basket_log import read_log
from studio.recommend.hybrid import Hybrid
from studio.recommend.rankers import BasketSequence, Ranker, rankers
from studio.recommend.ranking import next_baskets, quality
from tests.unit.studio.recommend.test_ranking import KINDS, PRODUCTS, START, baskets_of_three_kinds


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return baskets_of_three_kinds()


def test_every_ranker_prefers_the_customers_own_kind(lines: pd.DataFrame) -> None:
    log = read_log(lines)
    customers = np.arange(20)
    kinds = np.array([int(name[1:]) % KINDS for name in log.customers[:20]])
    for name, model in rankers().items():
        if isinstance(model, BasketSequence):
            model.epochs = 5
        model.fit(log)
        ranked = model.rank(customers)
        assert ranked.shape == (20, PRODUCTS)
        assert np.isfinite(ranked).all()
        top = np.argsort(-ranked, axis=1)[:, :5] // 20
        if name != "popularity":
            assert (top == kinds[:, None]).mean() > 0.9, name


def test_the_sequence_model_learns_what_follows() -> None:
    """Every customer goes round the same ten products; nothing but the last basket says what comes next."""
    rows = []
    for customer in range(60):
        for week in range(12 + customer % 7):
            name = f"b{customer}-{week}"
            rows.append((name, f"h{customer}", f"p{(customer + week) % 10}", START + pd.Timedelta(days=7 * week)))
    log = read_log(pd.DataFrame(rows, columns=["basket_id", "customer_id", "product_id", "bought_at"]))
    model = BasketSequence()
    model.epochs = 20
    model.fit(log)
    ranked = model.rank(np.arange(60))
    # Rows of the log lie in time, so the last one of each customer stays.
    newest = dict(zip(log.basket_customer[log.basket].tolist(), log.product.tolist(), strict=True))
    expected = np.array([(newest[customer] + 1) % 10 for customer in range(60)])
    assert (ranked.argmax(axis=1) == expected).mean() > 0.9


def _quick() -> dict[str, Ranker]:
    return {name: model for name, model in rankers().items() if name != "sequence"}


def test_the_hybrid_learns_from_the_past_alone(lines: pd.DataFrame) -> None:
    at = START + pd.Timedelta(days=7 * 14)
    hybrid = Hybrid(_quick())
    log = hybrid.fit(lines, at)
    customers = np.arange(10)
    ranked = hybrid.rank(customers)
    again = Hybrid(_quick())
    again.fit(lines[lines["bought_at"] < at], at)
    np.testing.assert_array_equal(ranked, again.rank(customers))
    cases = next_baskets(lines, log, start=at, end=at + pd.Timedelta(days=14))
    assert len(cases.bought) == 100
    everybody = hybrid.members["popularity"].rank(cases.customers)
    assert quality(hybrid.rank(cases.customers), cases.bought)[:, 1].mean() > (
        2 * quality(everybody, cases.bought)[:, 1].mean()
    )
