"""A model trained on a small simulated shop.

Its numbers depend on the processor: AVX2 and AVX-512 round differently, so the training ends elsewhere. Where a test
bounds such a number, the comment beside it gives the range over training seeds 1 to 5 and 7, each under
`ATEN_CPU_CAPABILITY=default` (no AVX), `avx2` and `avx512`. The bound leaves a multiple of that range.
"""

from __future__ import annotations

import pytest

from promo_engine.user_model import LstmCustomerModel
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.training import fit
from tests.support.simulated import TINY_MODEL, TINY_TRAINING, simulated_history


@pytest.fixture(scope="session")
def history() -> PurchaseHistory:
    return simulated_history()


@pytest.fixture(scope="session")
def trained(history: PurchaseHistory) -> tuple[LstmCustomerModel, fit.FitReport]:
    return fit.run(history, model=TINY_MODEL, training=TINY_TRAINING, show_progress=False)


@pytest.fixture(scope="session")
def tiny_model(trained: tuple[LstmCustomerModel, fit.FitReport]) -> LstmCustomerModel:
    return trained[0]
