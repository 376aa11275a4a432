from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save

from promo_engine.user_model import LstmCustomerModel
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.serving.export import in_int8, pruned, to_int8
from promo_engine.user_model.stepped_model import moment_of_day
from tests.support.simulated import DAYS, FIRST_DAY


def probabilities(model: LstmCustomerModel, history: PurchaseHistory) -> np.ndarray:
    at = moment_of_day(FIRST_DAY + DAYS)
    return np.array([model.forecast(state, at=at).purchase_probability for state in model.states(history)])


def test_eight_bits_move_probabilities_little_and_take_less_room(
    tiny_model: LstmCustomerModel, history: PurchaseHistory
) -> None:
    small = in_int8(tiny_model)
    assert small.version != tiny_model.version
    assert np.abs(probabilities(small, history) - probabilities(tiny_model, history)).max() < 0.05  # 0.006 to 0.027
    assert len(save(to_int8(tiny_model.weights))) < 0.6 * len(save(dict(tiny_model.weights)))


def test_pruning_takes_the_smallest_weights_of_each_matrix(tiny_model: LstmCustomerModel) -> None:
    half = pruned(tiny_model, share=0.5)
    matrix, whole = half.weights["lstm.weight"], tiny_model.weights["lstm.weight"]
    gone = matrix == 0.0
    assert gone.mean() == pytest.approx(0.5, abs=0.01)
    assert np.abs(whole[gone]).max() <= np.abs(whole[~gone]).min()
    np.testing.assert_array_equal(half.weights["calibration"], tiny_model.weights["calibration"])
    with pytest.raises(ValueError, match="share"):
        pruned(tiny_model, share=1.0)
