from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.training import fit
from studio.errors import StrategyError, TooLittleHistory
from studio.privacy.federated import Federation, average, compare, deal_out
from tests.support.simulated import TINY_MODEL, TINY_TRAINING, simulated_history


def test_the_mean_is_by_customers() -> None:
    history = simulated_history(customers=40)
    short = replace(TINY_TRAINING, epochs=1)
    model, _ = fit.run(history, model=TINY_MODEL, training=short, show_progress=False)
    other = LstmCustomerModel(model.settings, {name: value + 3.0 for name, value in model.weights.items()})
    mean = average([model, other], [20, 10])
    for name, value in model.weights.items():
        np.testing.assert_allclose(mean.weights[name], value + 1.0, atol=1e-5)


def test_what_shops_learn_together_is_near_what_one_would_and_above_chance() -> None:
    history = simulated_history(customers=60)
    found = {
        result.name: result
        for result in compare(
            history, Federation(shops=3, rounds=6), model=TINY_MODEL, training=replace(TINY_TRAINING, epochs=6)
        )
    }
    assert set(found) == {"central", "federated", "each shop alone", "habit (counts)"}
    assert found["federated"].customer_weeks == found["central"].customer_weeks
    assert found["federated"].ndcg > 0.9 * found["central"].ndcg
    assert found["federated"].recall > 0.8


def test_every_customer_belongs_to_one_shop() -> None:
    parts = deal_out(103, Federation(shops=4))
    assert sorted(np.concatenate(parts).tolist()) == list(range(103))
    assert {len(part) for part in parts} == {25, 26}


@pytest.mark.parametrize("wrong", [{"shops": 1}, {"rounds": 0}, {"passes": 0}])
def test_no_federation_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(StrategyError):
        Federation(**wrong)
    with pytest.raises(TooLittleHistory, match="at least 100"):
        deal_out(60, Federation(shops=5))
