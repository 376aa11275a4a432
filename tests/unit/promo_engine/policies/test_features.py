from __future__ import annotations

import numpy as np
import pytest

from promo_engine.domain.benefits.benefit import Benefit
from promo_engine.domain.benefits.bundle_price import BundlePrice, Piece
from promo_engine.domain.benefits.buy_x_get_y import BuyAndGet
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.free_delivery import FreeDelivery
from promo_engine.domain.benefits.gift import Gift
from promo_engine.domain.benefits.goodwill_credit import GoodwillCredit
from promo_engine.domain.benefits.loyalty_points import LoyaltyPoints
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.spend_and_save import SpendAndSave, Tier
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.offers.candidates import OfferSet
from promo_engine.policies.features import FEATURES, TYPICAL_BASKET_CENTS, feature_rows
from tests.unit.promo_engine.policies.shop import CONTEXT, OFFERS, STRANGER, forecast, offer


def column(rows: np.ndarray, name: str) -> list[float]:
    return [float(value) for value in rows[:, FEATURES.index(name)].round(6)]


def test_rows_are_finite_small_and_named() -> None:
    for customer in (forecast(), STRANGER):
        rows = feature_rows(forecast=customer, context=CONTEXT, of=OfferSet(OFFERS))
        assert rows.shape == (len(OFFERS), len(FEATURES))
        assert np.abs(rows).max() <= 2.0
    assert len(set(FEATURES)) == len(FEATURES)


def test_an_offer_is_as_attractive_as_its_best_category() -> None:
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet([offer("one", 3), offer("both", 1, 3)]))
    affinity, mean = column(rows, "affinity"), column(rows, "affinity_mean")
    assert affinity[0] == affinity[1] == mean[0] > mean[1]


def test_due_new_and_whole_basket_are_told_apart() -> None:
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS))
    assert column(rows, "due_now") == [1.0, 0.0, 0.0, 1.0, 0.0]
    assert column(rows, "never") == [0.0, 1.0, 0.0, 0.0, 0.0]
    assert column(rows, "whole_basket") == [0.0, 0.0, 0.0, 0.0, 1.0]
    assert column(rows, "affinity")[4] == 0.0


def test_the_conversation_changes_rows() -> None:
    context = ConversationContext(trigger="asked_for_discount", sentiment="negative", local_hour=6, weekday=6)
    rows = feature_rows(forecast=forecast(), context=context, of=OfferSet(OFFERS))
    assert column(rows, "asked_for_discount") == [1.0] * len(OFFERS)
    assert column(rows, "asked_for_discount*depth") == column(rows, "depth")
    assert column(rows, "negative") == column(rows, "weekend") == column(rows, "hour_sin") == [1.0] * len(OFFERS)


def test_every_offer_has_two_intercepts_of_its_own_name() -> None:
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS))
    first = FEATURES.index("offer_a_0")
    assert (rows[:, first:].sum(axis=1) == 2.0).all()
    assert len(np.unique(rows[:, first:], axis=0)) == len(OFFERS)


@pytest.mark.parametrize(
    ("benefit", "min_basket_cents", "depth"),
    [
        (PercentageOff(2500), 0, 0.25),
        (BuyAndGet(2, 1), 0, 1 / 3),
        (AmountOff(600), 0, 0.2),
        (AmountOff(600), 6000, 0.1),
        (AmountOff(9000), 0, 1.0),
        (LoyaltyPoints(150), 0, 0.05),
        (FreeDelivery(), 0, 4 / 30),
        (FreeDelivery(cap_cents=300), 0, 0.1),
        (BuyAndGet(1, 1, off_basis_points=5000), 0, 0.25),
        (SpendAndSave((Tier(2000, 150), Tier(6000, 900))), 0, 0.15),
        (BundlePrice((Piece("a", 2),), 500), 0, 0.2),
        (Gift("mug", value_cents=600), 0, 0.2),
        (GoodwillCredit(300), 0, 0.1),
    ],
)
def test_the_depth_of_a_benefit_is_its_share_of_a_typical_basket(
    benefit: Benefit, min_basket_cents: int, depth: float
) -> None:
    assert benefit.depth(max(min_basket_cents, TYPICAL_BASKET_CENTS)) == pytest.approx(depth)
