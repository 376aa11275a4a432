from __future__ import annotations

import numpy as np
import pytest

from promo_engine.domain.offers import Benefit, BenefitKind
from promo_engine.domain.ports import ConversationContext, OfferSet
from promo_engine.policies.features import FEATURES, benefit_depth, feature_rows
from tests.promo_engine.policies.shop import CONTEXT, OFFERS, STRANGER, offer, outlook


def column(rows: np.ndarray, name: str) -> list[float]:
    return rows[:, FEATURES.index(name)].round(6).tolist()


def test_rows_are_finite_small_and_named() -> None:
    for customer in (outlook(), STRANGER):
        rows = feature_rows(outlook=customer, context=CONTEXT, of=OfferSet(OFFERS))
        assert rows.shape == (len(OFFERS), len(FEATURES))
        assert np.abs(rows).max() <= 2.0
    assert len(set(FEATURES)) == len(FEATURES)


def test_an_offer_is_as_attractive_as_its_best_category() -> None:
    rows = feature_rows(outlook=outlook(), context=CONTEXT, of=OfferSet([offer("one", 3), offer("both", 1, 3)]))
    affinity, mean = column(rows, "affinity"), column(rows, "affinity_mean")
    assert affinity[0] == affinity[1] == mean[0] > mean[1]


def test_due_new_and_whole_basket_are_told_apart() -> None:
    rows = feature_rows(outlook=outlook(), context=CONTEXT, of=OfferSet(OFFERS))
    assert column(rows, "due_now") == [1.0, 0.0, 0.0, 1.0, 0.0]
    assert column(rows, "never") == [0.0, 1.0, 0.0, 0.0, 0.0]
    assert column(rows, "whole_basket") == [0.0, 0.0, 0.0, 0.0, 1.0]
    assert column(rows, "affinity")[4] == 0.0


def test_the_conversation_changes_rows() -> None:
    asked = ConversationContext(trigger="asked_for_discount", sentiment="negative", local_hour=6, weekday=6)
    rows = feature_rows(outlook=outlook(), context=asked, of=OfferSet(OFFERS))
    assert column(rows, "asked_for_discount") == [1.0] * len(OFFERS)
    assert column(rows, "asked_for_discount*depth") == column(rows, "depth")
    assert column(rows, "negative") == column(rows, "weekend") == column(rows, "hour_sin") == [1.0] * len(OFFERS)


def test_every_offer_has_two_intercepts_of_its_own_name() -> None:
    rows = feature_rows(outlook=outlook(), context=CONTEXT, of=OfferSet(OFFERS))
    first = FEATURES.index("offer_a_0")
    assert (rows[:, first:].sum(axis=1) == 2.0).all()
    assert len(np.unique(rows[:, first:], axis=0)) == len(OFFERS)


@pytest.mark.parametrize(
    ("benefit", "min_basket_cents", "depth"),
    [
        (Benefit(BenefitKind.PERCENTAGE, percent_basis_points=2500), 0, 0.25),
        (Benefit(BenefitKind.BUY_X_GET_Y, buy_quantity=2, get_quantity=1), 0, 1 / 3),
        (Benefit(BenefitKind.FIXED_AMOUNT, amount_cents=600), 0, 0.2),
        (Benefit(BenefitKind.FIXED_AMOUNT, amount_cents=600), 6000, 0.1),
        (Benefit(BenefitKind.FIXED_AMOUNT, amount_cents=9000), 0, 1.0),
        (Benefit(BenefitKind.LOYALTY_POINTS, points=150), 0, 0.05),
        (Benefit(BenefitKind.FREE_DELIVERY), 0, 4 / 30),
    ],
)
def test_the_depth_of_a_benefit_is_its_share_of_a_typical_basket(
    benefit: Benefit, min_basket_cents: int, depth: float
) -> None:
    assert benefit_depth(benefit, min_basket_cents=min_basket_cents) == pytest.approx(depth)
