from __future__ import annotations

import numpy as np
import torch

from promo_engine.user_model import LstmCustomerModel
from promo_engine.user_model.network import PurchaseNetwork
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.serving.counters import count_all
from promo_engine.user_model.stepped_model import moment_of_day
from promo_engine.user_model.training.fit import tensors
from promo_engine.user_model.training.training_rows import SnapshotReader
from tests.support.simulated import CATEGORIES, DAYS, FIRST_DAY, TINY_MODEL


def test_serving_in_numpy_equals_the_network_in_torch(history: PurchaseHistory) -> None:
    """Random weights, so that nothing is small by luck; three moments, among them one before the first basket."""
    torch.manual_seed(11)
    network = PurchaseNetwork(TINY_MODEL)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    serving = {name: value.numpy() for name, value in network.serving_weights().items()}
    model = LstmCustomerModel(TINY_MODEL, serving)
    counters = count_all(history, TINY_MODEL)
    customers = np.arange(8)
    for day in (FIRST_DAY - 1.0, FIRST_DAY + 40.0, FIRST_DAY + DAYS + 2.0):
        moments = np.full(len(customers), day)
        rows = SnapshotReader(history, counters, TINY_MODEL).rows(
            customer=customers, day=moments, sampled_others=None, generator=np.random.default_rng(0)
        )
        with torch.inference_mode():
            logits = network(**tensors(history, counters, rows))
        said = np.zeros((len(customers), CATEGORIES, TINY_MODEL.output_count))
        said[rows.snapshot, rows.category] = np.clip(torch.sigmoid(logits).numpy(), 1e-7, 1 - 1e-7)
        week, basket, share = said[..., 0], said[..., TINY_MODEL.next_basket], said[..., -1]
        known = history.select(customers=customers, before_day=day)
        served = [model.forecast(state, at=moment_of_day(day)) for state in model.states(known)]
        for name, expected in (
            ("purchase_probability", week),
            ("next_basket_probability", basket),
            ("ranking", np.sqrt(week * share)),
        ):
            np.testing.assert_allclose(
                [getattr(served_forecast, name) for served_forecast in served], expected, atol=1e-5, err_msg=name
            )
