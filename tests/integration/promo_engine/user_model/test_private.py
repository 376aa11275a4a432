from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from promo_engine.user_model import LstmCustomerModel
from promo_engine.user_model.model_settings import PrivacySettings
from promo_engine.user_model.network import PurchaseNetwork
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.training import private, validation
from tests.support.simulated import TINY_MODEL, TINY_TRAINING

LOOSE = PrivacySettings(epsilon=50.0, customers_per_step=20, steps=25, learning_rate=5e-2)


def quality(model: LstmCustomerModel, history: PurchaseHistory) -> float:
    return validation.compare(model, history, TINY_TRAINING)["lstm"]["ndcg_at_10"]


def test_the_accountant_spends_what_was_asked_for_and_something_is_learned(history: PurchaseHistory) -> None:
    model, report = private.run(history, model=TINY_MODEL, training=TINY_TRAINING, privacy=LOOSE, show_progress=False)
    assert 0.9 * LOOSE.epsilon < report.epsilon <= LOOSE.epsilon
    assert report.customers_per_step == pytest.approx(20, abs=5)  # 19.0 to 20.4
    torch.manual_seed(TINY_TRAINING.seed)
    untaught = {name: value.numpy() for name, value in PurchaseNetwork(TINY_MODEL).serving_weights().items()}
    assert quality(model, history) > quality(LstmCustomerModel(TINY_MODEL, untaught), history) + 0.02  # 0.057 or more


def test_more_privacy_is_more_noise() -> None:
    noises = [private.noise_for(replace(LOOSE, epsilon=epsilon), rate=0.3) for epsilon in (50.0, 2.0)]
    assert noises[1] > 1.5 * noises[0]


def test_no_customer_moves_the_sum_by_more_than_the_clip(history: PurchaseHistory) -> None:
    """With noise off, the gradient of one customer, however large, has the length of the clip at most."""
    network = PurchaseNetwork(TINY_MODEL)
    privacy = replace(LOOSE, clip=1e-3)
    private.noisy_gradient(
        network,
        history,
        np.array([3]),
        TINY_TRAINING,
        privacy,
        noise=0.0,
        until=float(history.basket_day.max()) - 40.0,
        drawn=np.random.default_rng(0),
        rate=1.0 / history.customer_count,
    )
    whole = torch.cat([parameter.grad.ravel() for parameter in network.parameters() if parameter.grad is not None])
    assert float(whole.norm()) == pytest.approx(1e-3, rel=0.01)


@pytest.mark.parametrize(("epsilon", "delta", "clip"), [(0.0, 1e-5, 1.0), (1.0, 1.0, 1.0), (1.0, 1e-5, 0.0)])
def test_privacy_that_is_none_is_refused(epsilon: float, delta: float, clip: float) -> None:
    with pytest.raises(ValueError, match="privacy needs"):
        PrivacySettings(epsilon, delta=delta, clip=clip)
