from __future__ import annotations

import numpy as np
import pytest

from promo_engine.user_model import LstmCustomerModel
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.redemption import COLUMNS, RedemptionModel, redemption_rows
from promo_engine.user_model.sent_promotion import SentPromotion
from tests.support.simulated import FIRST_DAY


def sent(history: PurchaseHistory, *, day: float, category: int, redeemed_if_bought: bool = True) -> SentPromotion:
    """To everybody; who bought the category before redeems."""
    everyone = np.arange(history.customer_count)
    known = history.select(before_day=day)
    bought = np.isin(everyone, known.basket_customer[known.step_basket[known.step_category == category]])
    return SentPromotion(day, (frozenset({category}),), everyone, bought & redeemed_if_bought)


def column(name: str) -> int:
    return COLUMNS.index(name)


def test_columns_know_what_came_before_the_promotion_and_nothing_after(
    tiny_model: LstmCustomerModel, history: PurchaseHistory
) -> None:
    first, second = sent(history, day=FIRST_DAY + 40, category=1), sent(history, day=FIRST_DAY + 90, category=2)
    rows = redemption_rows(tiny_model, history, [second, first])  # in any order
    cut = redemption_rows(tiny_model, history.select(before_day=FIRST_DAY + 40), [first])
    np.testing.assert_array_equal(rows.values[rows.promotion == 0], cut.values)
    later = rows.values[rows.promotion == 1]
    assert (rows.values[rows.promotion == 0][:, column("promotions_sent")] == 0).all()
    assert (later[:, column("promotions_sent")] == 1).all()
    np.testing.assert_array_equal(later[:, column("promotions_redeemed")], first.redeemed)


def test_a_redemption_counts_as_known_only_four_weeks_later(
    tiny_model: LstmCustomerModel, history: PurchaseHistory
) -> None:
    soon = [sent(history, day=FIRST_DAY + day, category=1) for day in (40, 60)]
    rows = redemption_rows(tiny_model, history, soon)
    assert (rows.values[:, column("promotions_sent")] == 0).all()


def test_who_redeems_is_learned_and_probabilities_are_fair(
    tiny_model: LstmCustomerModel, history: PurchaseHistory
) -> None:
    past = [sent(history, day=FIRST_DAY + 40 + 5 * number, category=number) for number in range(1, 9)]
    rows = redemption_rows(tiny_model, history, past)
    model = RedemptionModel.fit(rows.of(rows.promotion < 6))
    later = rows.of(rows.promotion >= 6)
    probability = model.probability(later.values)
    assert probability[later.redeemed].mean() > probability[~later.redeemed].mean() + 0.3  # 0.94 more
    assert probability.mean() == pytest.approx(later.redeemed.mean(), abs=0.1)  # apart by 0.006


def test_without_both_outcomes_nothing_is_learned(tiny_model: LstmCustomerModel, history: PurchaseHistory) -> None:
    nobody = sent(history, day=FIRST_DAY + 40, category=1, redeemed_if_bought=False)
    with pytest.raises(ValueError, match="some redeemed and some did not"):
        RedemptionModel.fit(redemption_rows(tiny_model, history, [nobody]))
