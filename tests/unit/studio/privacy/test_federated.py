from __future__ import annotations

import numpy as np
import pytest

from studio.errors import StrategyError, TooLittleHistory
from studio.privacy.federated import Federation, deal_out


def test_every_household_belongs_to_one_shop() -> None:
    parts = deal_out(103, Federation(shops=4))
    assert sorted(np.concatenate(parts).tolist()) == list(range(103))
    assert {len(part) for part in parts} == {25, 26}


@pytest.mark.parametrize("wrong", [{"shops": 1}, {"rounds": 0}, {"passes": 0}])
def test_no_federation_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(StrategyError):
        Federation(**wrong)
    with pytest.raises(TooLittleHistory, match="at least 100"):
        deal_out(60, Federation(shops=5))
