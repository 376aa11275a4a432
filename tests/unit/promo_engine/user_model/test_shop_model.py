"""Categories that are not a model's own: newer than it, or below the level that it reads."""

from __future__ import annotations

import numpy as np
import pytest

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.customers.forecast import CategoryPurchase, CustomerForecast
from promo_engine.user_model.category_index import CategoryIndex
from promo_engine.user_model.counts.counts_fit import fit_counts
from promo_engine.user_model.shop_history import ShopHistory
from promo_engine.user_model.shop_model import ShopCustomerModel
from promo_engine.user_model.stepped_model import moment_of_day

TREE = CategoryTree({0: None, 1: None, 2: 0, 3: 0, 4: 2, 5: None})
"""0 above 2 and 3, 2 above 4; 1 and 5 alone."""
LATER = moment_of_day(60.0)
CUSTOMERS, BASKETS = 8, 120


def shop(tree: CategoryTree = TREE) -> dict[str, np.ndarray]:
    """Baskets of one to three of six categories."""
    random = np.random.default_rng(5)
    steps = [
        (basket, category)
        for basket in range(BASKETS)
        for category in np.unique(random.integers(tree.size, size=random.integers(0, 4)))
    ]
    return {
        "basket_customer": random.integers(CUSTOMERS, size=BASKETS),
        "basket_day": np.sort(random.random(BASKETS) * 50),
        "step_basket": np.array([basket for basket, _ in steps]),
        "step_category": np.array([category for _, category in steps]),
        "step_quantity": np.ones(len(steps)),
        "step_spend": np.full(len(steps), 2.5),
    }


def history(index: CategoryIndex) -> ShopHistory:
    placed, _ = index.placed(TREE)
    return ShopHistory.build(index=index, placed=placed, customer_count=CUSTOMERS, **shop())


def model(index: CategoryIndex) -> ShopCustomerModel:
    known = history(index).known
    counts = fit_counts(known, products=[1] * len(index.category_ids), horizons_days=(7.0, 14.0))
    return ShopCustomerModel(counts, index)


def stepped(of: ShopCustomerModel, customer: int) -> bytes:
    rows, state = shop(), of.initial_state()
    for basket in np.flatnonzero(rows["basket_customer"] == customer):
        bought = rows["step_category"][rows["step_basket"] == basket]
        purchases = [CategoryPurchase(int(category), 1, 250) for category in bought]
        at = moment_of_day(float(rows["basket_day"][basket]))
        state = of.step(state, occurred_at=at, purchases=purchases, categories=TREE)
    return state


@pytest.mark.parametrize(
    "index",
    [
        CategoryIndex.of(TREE, level=9),
        CategoryIndex.of(TREE, level=1),
        CategoryIndex((1,), 1),
        CategoryIndex((), -1),
        CategoryIndex((0, 3, 5), 5),
    ],
    ids=["all", "the top", "one", "none", "some"],
)
def test_stepping_equals_computing_at_once_and_facts_are_those_of_the_purchases(index: CategoryIndex) -> None:
    subject, rows = model(index), shop()
    at_once = subject.states(history(index))
    for customer in range(CUSTOMERS):
        streamed, batch = (
            subject.forecast(state, at=LATER, categories=TREE)
            for state in (stepped(subject, customer), at_once[customer])
        )
        assert_same(streamed, batch)
        assert len(streamed.purchase_probability) == TREE.size
        mine = rows["basket_customer"][rows["step_basket"]] == customer
        assert streamed.basket_count == np.count_nonzero(rows["basket_customer"] == customer)
        for category in range(TREE.size):
            of_it = mine & np.isin(rows["step_category"], counted_as(category, index))
            days = np.unique(rows["basket_day"][rows["step_basket"][of_it]])
            since = 60.0 - days[-1] if len(days) else np.inf
            gap = np.diff(days).mean() if len(days) > 1 else np.inf
            assert streamed.days_since_purchase[category] == pytest.approx(since, abs=1e-6)
            assert streamed.mean_gap_days[category] == pytest.approx(gap, abs=1e-6)


def counted_as(category: int, index: CategoryIndex) -> list[int]:
    """An own category is bought with all below it that the model does not tell apart; any other by itself alone."""
    if category not in index.category_ids:
        return [category]
    return [below for below in TREE.parents if TREE.nearest(below, index.category_ids) == category]


def assert_same(found: CustomerForecast, expected: CustomerForecast) -> None:
    for name in ("purchase_probability", "ranking", "days_since_purchase", "mean_gap_days", "embedding"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-6), name


def test_who_is_not_known_is_expected_like_the_nearest_ancestor_or_the_mean() -> None:
    subject = model(CategoryIndex((0, 1, 2), 2))
    expected = subject.forecast(subject.initial_state(), at=LATER, categories=TREE)
    probability = expected.purchase_probability
    assert expected.stand_ins == {3: 0, 4: 2, 5: None}
    assert (probability[3], probability[4]) == (probability[0], probability[2])
    assert probability[5] == pytest.approx(np.mean(probability[:3]))
    assert subject.waiting(TREE) == 3
    assert subject.knows([0, 2])
    assert not subject.knows([0, 3])


def test_a_shop_of_the_models_own_categories_is_not_translated() -> None:
    subject = ShopCustomerModel.plain(model(CategoryIndex.of(TREE, level=9)).model)
    state = stepped(subject, 1)
    assert state == stepped(subject, 1)
    assert subject.version == subject.model.version
    own = subject.model.forecast(state, at=LATER)
    assert subject.forecast(state, at=LATER, categories=TREE).purchase_probability is not None
    assert_same(subject.forecast(state, at=LATER, categories=TREE), own)
    assert not subject.forecast(state, at=LATER, categories=TREE).stand_ins


def test_the_same_numbers_for_other_categories_are_another_version() -> None:
    counts = model(CategoryIndex((0, 1, 2), 5)).model
    versions = {ShopCustomerModel(counts, CategoryIndex(ids, 5)).version for ids in ((0, 1, 2), (0, 1, 3), (2, 3, 4))}
    assert len(versions) == 3


def test_a_state_that_is_cut_short_is_refused() -> None:
    subject = model(CategoryIndex((1,), 1))
    state = stepped(subject, 0)
    for wrong in (state[:-3], state[:8]):
        with pytest.raises(ValueError, match="no customer state"):
            subject.forecast(wrong, at=LATER, categories=TREE)


def test_an_index_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="as many positions"):
        ShopCustomerModel(model(CategoryIndex((1,), 1)).model, CategoryIndex((0, 1), 1))
