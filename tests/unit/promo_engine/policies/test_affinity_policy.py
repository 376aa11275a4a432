"""The first policy of a shop without past campaigns, and categories that the user model does not know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from promo_engine.domain.offers.candidates import OfferSet
from promo_engine.policies.features import FEATURES, feature_rows
from promo_engine.policies.warm_start import AFFINITY_REWARDS, ASSUMED_ACCEPTANCE, affinity_policy
from tests.unit.promo_engine.policies.shop import CONTEXT, INF, OFFERS, forecast, offer

CUSTOMERS = [forecast(tuple(np.roll((0.4, 0.02, 0.2, 0.1, 0.01), turn).tolist())) for turn in range(5)]


def test_offers_on_what_is_likelier_bought_are_expected_to_be_likelier_accepted() -> None:
    policy = affinity_policy(CUSTOMERS, range(5))
    assert policy.sums.weight == pytest.approx(AFFINITY_REWARDS)
    assert policy.reward_count == 0
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS[:3]))
    by_name = dict(zip((item.offer_id for item in OFFERS[:3]), policy.expected(rows).tolist(), strict=True))
    assert by_name["soft-drinks-15"] > by_name["coffee-3-for-2"] > by_name["baby-5"]
    assert 0.0 < by_name["soft-drinks-15"] < 4.0 * ASSUMED_ACCEPTANCE


@pytest.mark.parametrize(("customers", "categories"), [(0, 5), (5, 0)])
def test_without_customers_or_categories_nothing_is_known(customers: int, categories: int) -> None:
    assert affinity_policy(CUSTOMERS[:customers], range(categories)).sums.weight == 0.0


def test_a_new_category_changes_no_row_of_the_others_and_ranks_like_its_stand_in() -> None:
    known = forecast()
    grown = replace(
        known,
        purchase_probability=(*known.purchase_probability, 0.2, 0.146),
        days_since_purchase=(*known.days_since_purchase, INF, INF),
        mean_gap_days=(*known.mean_gap_days, INF, INF),
        stand_ins={5: 2, 6: None},
    )
    before = feature_rows(forecast=known, context=CONTEXT, of=OfferSet(OFFERS))
    assert (feature_rows(forecast=grown, context=CONTEXT, of=OfferSet(OFFERS)) == before).all()
    new = OfferSet((offer("like-coffee", 5), offer("coffee", 2), offer("mean", 6)))
    rank = feature_rows(forecast=grown, context=CONTEXT, of=new)[:, FEATURES.index("affinity_rank")]
    assert rank[0] == rank[1]
    assert 0.0 < rank[2] <= 1.0
