from __future__ import annotations

import pytest

from promo_engine.user_model.purchase_history import PurchaseHistory
from tests.support.simulated import simulated_history


@pytest.fixture(scope="session")
def history() -> PurchaseHistory:
    return simulated_history()
