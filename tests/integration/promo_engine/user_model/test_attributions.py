from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit

from promo_engine.user_model import LstmCustomerModel
from promo_engine.user_model.attributions import attribute
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.stepped_model import moment_of_day
from tests.support.simulated import DAYS, FIRST_DAY

NOW = FIRST_DAY + DAYS


def bought_and_not(history: PurchaseHistory) -> tuple[PurchaseHistory, int, int]:
    """One customer, their most bought category, and one that they never bought."""
    history_of_one = history.select(customers=np.array([4]))
    counts = np.bincount(history_of_one.step_category, minlength=history_of_one.category_count)
    return history_of_one, int(counts.argmax()), int(counts.argmin())


@pytest.mark.parametrize("bought", [True, False])
def test_parts_add_up_to_the_difference_from_the_baseline_and_the_whole_is_what_serves(
    tiny_model: LstmCustomerModel, history: PurchaseHistory, bought: bool
) -> None:
    history_of_one, most, never = bought_and_not(history)
    category = most if bought else never
    parts = attribute(tiny_model, history_of_one, category=category, day=NOW)
    [state] = tiny_model.states(history_of_one)
    served = tiny_model.forecast(state, at=moment_of_day(NOW)).purchase_probability[category]
    assert parts.probability == pytest.approx(served, abs=1e-5)
    whole = logit(parts.probability) - logit(parts.baseline_probability)
    total = parts.purchases.sum() + parts.category + parts.customer
    assert total == pytest.approx(whole, abs=0.02)  # apart by 0.0036 at most
    np.testing.assert_array_equal(
        parts.purchase_days, history_of_one.step_day[history_of_one.step_category == category]
    )


def test_purchases_after_the_moment_play_no_part(tiny_model: LstmCustomerModel, history: PurchaseHistory) -> None:
    history_of_one, most, _ = bought_and_not(history)
    day = FIRST_DAY + DAYS / 2
    early = attribute(tiny_model, history_of_one, category=most, day=day)
    cut = attribute(tiny_model, history_of_one.select(before_day=day), category=most, day=day)
    assert early.purchase_days.max() < day
    np.testing.assert_allclose(early.purchases, cut.purchases, atol=1e-6)


def test_several_customers_or_none_that_bought_are_refused(
    tiny_model: LstmCustomerModel, history: PurchaseHistory
) -> None:
    with pytest.raises(ValueError, match="one customer"):
        attribute(tiny_model, history, category=0, day=NOW)
    with pytest.raises(ValueError, match="one customer"):
        attribute(tiny_model, history.select(customers=np.array([4])), category=0, day=FIRST_DAY - 1.0)
